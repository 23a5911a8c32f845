import {
  api,
  describeError,
  formatNumber,
  NO_DATA,
  QueryView,
  Skeleton,
  toasts,
  useLocale,
  useSession,
} from "@ems/ui";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { FieldInput } from "../form/FieldInput";
import { LabelledField } from "../form/LabelledField";
import type { Field } from "../model/description";
import { useMoments } from "../model/moments";

interface Use {
  id: number;
  privilege_id: number | null;
  last_used_datetime: string | null;
  last_address: string | null;
  use_count: number;
}

const PRIVILEGE: Field = {
  name: "privilege_id",
  type: "reference",
  required: false,
  reference: "privileges",
};

/** What an API key may, and when, from where and how often it was used. */
export function ApiKeyUse({ id }: { id: string }) {
  const { t } = useTranslation();
  const { user } = useSession();
  const locale = useLocale();
  const moments = useMoments();
  const client = useQueryClient();
  const key = ["apikey-use", id];
  const query = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => api.get<Use>(`/v1/apikeys/${id}/use`, { signal }),
  });
  const give = async (privilege: unknown) => {
    try {
      await api.put(`/apikeys/${id}/privilege`, { data: { privilege_id: privilege ?? null } });
      toasts.show(t("item.saved"));
    } catch (error) {
      toasts.show(describeError(error, t), { tone: "critical" });
    }
    await client.invalidateQueries({ queryKey: key });
  };
  return (
    <QueryView query={query} skeleton={<Skeleton height={200} />}>
      {(use) => (
        <section className="card" aria-label={t("access.keyUse")}>
          <div className="card__body stack">
            <LabelledField label={t("access.keyPrivilege")} help={t("access.keyPrivilegeHelp")}>
              {(props) => (
                <FieldInput
                  {...props}
                  field={PRIVILEGE}
                  disabled={user?.isReadOnly === true}
                  value={use.privilege_id}
                  onChange={(next) => void give(next)}
                />
              )}
            </LabelledField>
            <dl className="facts">
              <div>
                <dt>{t("access.keyLast")}</dt>
                <dd>
                  {use.last_used_datetime ? moments.full(use.last_used_datetime) : t("access.keyNever")}
                </dd>
              </div>
              <div>
                <dt>{t("access.keyFrom")}</dt>
                <dd>{use.last_address ?? NO_DATA}</dd>
              </div>
              <div>
                <dt>{t("access.keyCount")}</dt>
                <dd>{formatNumber(use.use_count, locale)}</dd>
              </div>
            </dl>
          </div>
        </section>
      )}
    </QueryView>
  );
}
