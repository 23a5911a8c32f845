import { api, ErrorState, Skeleton } from "@ems/ui";
import { useQuery } from "@tanstack/react-query";
import { Checkbox, Select, Switch, TreeSelect } from "antd";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import type { FieldInputProps } from "../form/FieldInput";
import { LabelledField } from "../form/LabelledField";
import { useItems } from "../model/queries";
import { ScrollRegion } from "../pages/ScrollRegion";
import {
  AS_IN_MYEMS,
  OWN,
  type Privilege,
  readPrivilege,
  roleOf,
  withAction,
  withRole,
  writePrivilege,
} from "./privilege";

interface Permissions {
  actions: readonly string[];
  modules: readonly { name: string; title: string; for_administrators: boolean }[];
  roles: readonly {
    name: string;
    title: string;
    help: string;
    permissions: Readonly<Record<string, readonly string[]>>;
  }[];
}

interface SpaceNode {
  id: number;
  name: string;
  children?: readonly SpaceNode[];
}

interface TreeOption {
  value: number;
  title: string;
  children: TreeOption[];
}

function toTree(node: SpaceNode): TreeOption {
  return { value: node.id, title: node.name, children: (node.children ?? []).map(toTree) };
}

function usePermissions() {
  return useQuery({
    queryKey: ["permissions"],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => api.get<Permissions>("/v1/permissions", { signal }),
  });
}

interface PartProps {
  privilege: Privilege;
  disabled: boolean;
  onChange: (privilege: Privilege) => void;
}

interface SeveralProps {
  label: string;
  /** Of the collection that is chosen from. */
  path: string;
  value: readonly number[] | undefined;
  disabled: boolean;
  onChange: (ids: number[]) => void;
}

function Several({ label, path, value, disabled, onChange }: SeveralProps) {
  const items = useItems(path);
  return (
    <LabelledField label={label}>
      {(props) => (
        <Select<number[]>
          {...props}
          mode="multiple"
          allowClear
          showSearch={{ optionFilterProp: "label" }}
          disabled={disabled}
          value={[...(value ?? [])]}
          options={(items.data ?? []).map((item) => ({ value: Number(item.id), label: String(item.name) }))}
          onChange={onChange}
        />
      )}
    </LabelledField>
  );
}

function Places({ privilege, disabled, onChange }: PartProps) {
  const { t } = useTranslation();
  const tree = useQuery({
    queryKey: ["space-tree"],
    queryFn: ({ signal }) => api.get<SpaceNode>("/spaces/tree", { signal }),
  });
  const isWhole = privilege.whole_site === true;
  const whole = useId();
  return (
    <div className="stack">
      <div className="switch-line">
        <Switch
          id={whole}
          checked={isWhole}
          disabled={disabled}
          onChange={(next) => onChange({ ...privilege, whole_site: next })}
        />
        <label htmlFor={whole}>{t("access.wholeSite")}</label>
      </div>
      {!isWhole && (
        <>
          <LabelledField label={t("access.spaces")} help={t("access.spacesHelp")}>
            {(props) => (
              <TreeSelect<number[]>
                {...props}
                multiple
                allowClear
                treeDefaultExpandAll
                showSearch={{ treeNodeFilterProp: "title" }}
                disabled={disabled}
                loading={tree.isPending}
                value={privilege.spaces}
                treeData={tree.data ? [toTree(tree.data)] : []}
                onChange={(spaces) => onChange({ ...privilege, spaces })}
              />
            )}
          </LabelledField>
          <div className="pair">
            <Several
              label={t("access.tenants")}
              path="/tenants"
              value={privilege.tenants}
              disabled={disabled}
              onChange={(tenants) => onChange({ ...privilege, tenants })}
            />
            <Several
              label={t("access.costCenters")}
              path="/costcenters"
              value={privilege.cost_centers}
              disabled={disabled}
              onChange={(cost_centers) => onChange({ ...privilege, cost_centers })}
            />
          </div>
        </>
      )}
    </div>
  );
}

function Grid({ privilege, disabled, onChange, permissions }: PartProps & { permissions: Permissions }) {
  const { t } = useTranslation();
  const { t: tModel } = useTranslation("model");
  const role = permissions.roles.find((one) => one.name === privilege.role);
  const isPlain = roleOf(privilege) === AS_IN_MYEMS;
  const modules = permissions.modules.filter((module) => !module.for_administrators);
  const ofRole = (module: string, action: string) =>
    role?.permissions[module]?.includes(action) === true ||
    (isPlain && (action === "read" || action === "export") && module !== "audit");
  return (
    <ScrollRegion label={t("access.permissions")} className="rows__scroll">
      <table className="tbl grid-table">
        <thead>
          <tr>
            <th scope="col">{t("access.module")}</th>
            {permissions.actions.map((action) => (
              <th key={action} scope="col">
                {t(`access.action.${action}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {modules.map((module) => {
            const name = tModel(`module.${module.name}`, { defaultValue: module.title });
            return (
              <tr key={module.name}>
                <th scope="row">{name}</th>
                {permissions.actions.map((action) => {
                  const isOfRole = ofRole(module.name, action);
                  return (
                    <td key={action}>
                      <Checkbox
                        aria-label={`${name}: ${t(`access.action.${action}`)}`}
                        disabled={disabled || isOfRole || isPlain}
                        checked={isOfRole || privilege.permissions?.[module.name]?.includes(action) === true}
                        onChange={(event) =>
                          onChange(withAction(privilege, module.name, action, event.target.checked))
                        }
                      />
                    </td>
                  );
                })}
              </tr>
            );
          })}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

/** What a privilege gives: where, and what may be done there. */
export function PrivilegeInput({ value, onChange, disabled = false }: FieldInputProps) {
  const { t } = useTranslation();
  const { t: tModel } = useTranslation("model");
  const query = usePermissions();
  if (query.isPending) return <Skeleton height={320} />;
  if (query.isError && !query.data) {
    return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  }
  const permissions = query.data;
  if (!permissions) return null;
  const privilege = readPrivilege(value);
  const change = (next: Privilege) => onChange?.(writePrivilege(next));
  const choice = roleOf(privilege);
  const role = permissions.roles.find((one) => one.name === choice);
  return (
    <div className="stack privilege">
      <h2 className="section-title">{t("access.where")}</h2>
      <Places privilege={privilege} disabled={disabled} onChange={change} />
      <h2 className="section-title">{t("access.what")}</h2>
      <LabelledField
        label={t("access.role")}
        help={
          role
            ? tModel(`roleHelp.${role.name}`, { defaultValue: role.help })
            : t(`access.roleHelp.${choice || "myems"}`)
        }
      >
        {(props) => (
          <Select<string>
            {...props}
            disabled={disabled}
            value={choice}
            options={[
              { value: AS_IN_MYEMS, label: t("access.roleMyems") },
              ...permissions.roles.map((one) => ({
                value: one.name,
                label: tModel(`role.${one.name}`, { defaultValue: one.title }),
              })),
              { value: OWN, label: t("access.roleOwn") },
            ]}
            onChange={(next) => change(withRole(privilege, next))}
          />
        )}
      </LabelledField>
      <Grid privilege={privilege} disabled={disabled} onChange={change} permissions={permissions} />
    </div>
  );
}
