import {
  Button,
  Card,
  type Column,
  DataTable,
  EmptyState,
  formatBucket,
  IconButton,
  QueryView,
  SkeletonLines,
  useLocale,
} from "@ems/ui";
import { CalendarClock, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useViewPath, ViewLink } from "../state/ViewLink";
import { DOCUMENTS, type DocumentHead, useDocuments } from "./api";
import { RemoveDialog } from "./RemoveDialog";

function DocumentTable({
  documents,
  onRemove,
}: {
  documents: readonly DocumentHead[];
  onRemove: (document: DocumentHead) => void;
}) {
  const { t } = useTranslation();
  const locale = useLocale();
  const navigate = useNavigate();
  const path = useViewPath();
  const columns: Column<DocumentHead>[] = [
    {
      key: "name",
      title: t("library.name"),
      sort: (document) => document.name,
      cell: (document) => <ViewLink to={`/reports/documents/${document.id}`}>{document.name}</ViewLink>,
    },
    {
      key: "shared",
      title: t("library.shared"),
      cell: (document) => (document.is_shared ? t("library.everybody") : t("library.onlyMe")),
    },
    {
      key: "updated",
      title: t("library.changedAt"),
      wideOnly: true,
      sort: (document) => document.updated,
      cell: (document) => formatBucket(document.updated.slice(0, 19), "hourly", locale),
    },
    {
      key: "tools",
      title: <span className="vh">{t("library.tools")}</span>,
      right: true,
      cell: (document) => (
        <span className="row-tools">
          <IconButton
            label={t("library.schedule", { name: document.name })}
            icon={<CalendarClock size={16} />}
            onClick={() => void navigate(path("/reports/schedules", { document: document.id }))}
          />
          {document.is_mine && (
            <IconButton
              label={t("library.remove", { name: document.name })}
              icon={<Trash2 size={16} />}
              onClick={() => onRemove(document)}
            />
          )}
        </span>
      ),
    },
  ];
  return (
    <DataTable
      caption={t("library.documents")}
      columns={columns}
      rows={documents}
      rowKey={(document) => document.id}
    />
  );
}

/** Reports that people put together of blocks. */
export function DocumentList() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const path = useViewPath();
  const query = useDocuments();
  const [removing, setRemoving] = useState<DocumentHead | null>(null);
  const documents = query.data?.documents ?? [];
  const add = (
    <Button
      small
      tone="primary"
      icon={<Plus size={14} />}
      onClick={() => void navigate(path("/reports/documents/new"))}
    >
      {t("library.newDocument")}
    </Button>
  );
  return (
    <>
      <Card title={t("library.documents")} flush actions={documents.length > 0 ? add : undefined}>
        <QueryView
          query={query}
          skeleton={
            <div className="pad">
              <SkeletonLines count={5} />
            </div>
          }
          isEmpty={() => documents.length === 0}
          empty={
            <EmptyState title={t("library.noDocuments")} text={t("library.noDocumentsText")} action={add} />
          }
        >
          {() => <DocumentTable documents={documents} onRemove={setRemoving} />}
        </QueryView>
      </Card>
      {removing && (
        <RemoveDialog
          resource={DOCUMENTS}
          item={removing}
          title={t("library.removeDocument", { name: removing.name })}
          text={t("library.removeDocumentText")}
          onClose={() => setRemoving(null)}
        />
      )}
    </>
  );
}
