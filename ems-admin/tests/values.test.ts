import { ApiError } from "@ems/ui";
import { describe, expect, it } from "vitest";
import { collectionPath, type Field, itemPath, type Resource } from "../src/model/description";
import { fieldOfError, initialValues, toBody } from "../src/model/values";

const FIELDS: Field[] = [
  { name: "name", type: "text", required: true, errors: ["API.INVALID_TARIFF_NAME"] },
  {
    name: "energy_category.id",
    read_name: "energy_category",
    type: "reference",
    reference: "x",
    required: true,
  },
  { name: "cost_center_id", type: "reference", reference: "y", required: false },
  { name: "connection", type: "json", json_as: "text", required: false },
  { name: "password", type: "secret", required: false },
  { name: "uuid", type: "text", required: false, read_only: true },
  {
    name: "timeofuse",
    type: "table",
    required: true,
    fields: [{ name: "price", type: "number", required: true }],
  },
];

const ITEM = {
  id: 3,
  name: "Day",
  uuid: "u",
  energy_category: { id: 5, name: "Gas" },
  cost_center: { id: 8, name: "North" },
  connection: '{"host":"a"}',
  timeofuse: [{ price: 0.2, extra: 1 }],
};

describe("items and forms", () => {
  it("read references, JSON and tables from an answer and write the body of the contract", () => {
    const values = initialValues(FIELDS, ITEM);
    expect(values["energy_category.id"]).toBe(5);
    expect(values.cost_center_id).toBe(8);
    expect(toBody(FIELDS, values, false)).toEqual({
      name: "Day",
      energy_category: { id: 5 },
      cost_center_id: 8,
      connection: '{"host":"a"}',
      timeofuse: [{ price: 0.2 }],
    });
  });

  it("send null for what was cleared, and never a secret that was not typed", () => {
    const body = toBody(FIELDS, { ...initialValues(FIELDS, ITEM), cost_center_id: null, name: " " }, false);
    expect(body.cost_center_id).toBeNull();
    expect(body.name).toBeNull();
    expect(body).not.toHaveProperty("password");
  });
});

describe("errors of the API", () => {
  const find = (key: string) => fieldOfError(new ApiError(400, key, "input"), FIELDS)?.name;

  it("land at the field they are about", () => {
    expect(find("API.INVALID_TARIFF_NAME")).toBe("name");
    expect(find("API.TARIFF_NAME_IS_ALREADY_IN_USE")).toBe("name");
    expect(find("API.COST_CENTER_NOT_FOUND")).toBe("cost_center_id");
    expect(find("API.INVALID_CONNECTION")).toBe("connection");
    expect(find("API.DATABASE_ERROR")).toBeUndefined();
  });
});

describe("paths", () => {
  const resource = { path: "/equipments/{id_}/parameters" } as Resource;

  it("of children carry their parent's id", () => {
    expect(collectionPath(resource, "4")).toBe("/equipments/4/parameters");
    expect(itemPath(resource, "9", "4")).toBe("/equipments/4/parameters/9");
    expect(itemPath({ ...resource, item_path: "/nonworkingdays/{id}" }, "9", "4")).toBe("/nonworkingdays/9");
  });
});
