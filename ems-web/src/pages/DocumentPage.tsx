import { Card, ErrorState, Skeleton } from "@ems/ui";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import "../library/library.css";
import { DOCUMENTS, type ReportDocument } from "../library/api";
import { Builder } from "../library/Builder";
import { emptyDocument, readDocument } from "../library/blocks";
import { useApi } from "../state/useApi";
import { PageHead } from "./PageHead";

function StoredDocument({ id }: { id: string }) {
  const { t } = useTranslation();
  const query = useApi<ReportDocument>(`${DOCUMENTS}/${id}`);
  if (query.isError) {
    return (
      <div className="page">
        <PageHead title={t("library.document")} />
        <Card>
          <ErrorState error={query.error} onRetry={() => void query.refetch()} />
        </Card>
      </div>
    );
  }
  if (!query.data || query.data.id !== id) return <Skeleton height={480} />;
  return <Builder id={id} saved={readDocument(query.data)} mayChange={query.data.is_mine} />;
}

/** A report of one's own: a new one, or one that was saved. */
export default function DocumentPage() {
  const { t } = useTranslation();
  const { id = "new" } = useParams();
  if (id === "new") return <Builder id="" saved={emptyDocument(t("library.newDocument"))} mayChange />;
  return <StoredDocument key={id} id={id} />;
}
