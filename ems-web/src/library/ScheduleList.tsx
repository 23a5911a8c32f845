import {
  api,
  Button,
  Card,
  type Column,
  DataTable,
  describeStored,
  EmptyState,
  formatBucket,
  IconButton,
  QueryView,
  SkeletonLines,
  useLocale,
} from "@ems/ui";
import { CalendarClock, Files, Pause, Pencil, Play, Plus, Send, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useParam } from "../state/useParam";
import { SCHEDULES, type Schedule, useAct, useSchedules } from "./api";
import { JobList, TitleCell } from "./JobList";
import { RemoveDialog } from "./RemoveDialog";
import { useRhythmText } from "./RhythmFields";
import { ScheduleForm } from "./ScheduleForm";
import { useTitles } from "./titles";

/** What a change of a schedule sends; the API wants it whole. */
function bodyOf(schedule: Schedule) {
  const { name, order, rhythm, timezone, recipients, is_enabled } = schedule;
  return { name, order, rhythm, timezone, recipients, is_enabled };
}

function LastRun({ schedule }: { schedule: Schedule }) {
  const { t } = useTranslation();
  const locale = useLocale();
  if (schedule.last_error) {
    return (
      <span className="job-state">
        <span className="badge badge--critical">{t("library.status.failed")}</span>
        <span className="job-fault">{describeStored(schedule.last_error, t)}</span>
      </span>
    );
  }
  return schedule.last_run ? formatBucket(schedule.last_run.slice(0, 19), "hourly", locale) : "–";
}

interface ToolsProps {
  schedule: Schedule;
  onEdit: () => void;
  onRemove: () => void;
  onResults: () => void;
}

function Tools({ schedule, onEdit, onRemove, onResults }: ToolsProps) {
  const { t } = useTranslation();
  const act = useAct(SCHEDULES);
  const { name, is_enabled } = schedule;
  const path = `${SCHEDULES}/${schedule.id}`;
  const toggle = () =>
    act(
      () => api.put(path, { ...bodyOf(schedule), is_enabled: !is_enabled }),
      t(is_enabled ? "library.paused" : "library.resumed", { name }),
    );
  return (
    <span className="row-tools">
      <IconButton label={t("library.results", { name })} icon={<Files size={16} />} onClick={onResults} />
      <IconButton
        label={t("library.runNow", { name })}
        icon={<Send size={16} />}
        onClick={() => void act(() => api.post(`${path}/run`, {}), t("library.ordered"))}
      />
      <IconButton
        label={t(is_enabled ? "library.pause" : "library.resume", { name })}
        icon={is_enabled ? <Pause size={16} /> : <Play size={16} />}
        onClick={() => void toggle()}
      />
      <IconButton label={t("library.edit", { name })} icon={<Pencil size={16} />} onClick={onEdit} />
      <IconButton label={t("library.remove", { name })} icon={<Trash2 size={16} />} onClick={onRemove} />
    </span>
  );
}

interface TableProps {
  schedules: readonly Schedule[];
  onEdit: (schedule: Schedule) => void;
  onRemove: (schedule: Schedule) => void;
  onResults: (schedule: Schedule) => void;
}

function ScheduleTable({ schedules, onEdit, onRemove, onResults }: TableProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const rhythmText = useRhythmText();
  const titleOf = useTitles(schedules.map((schedule) => schedule.order));
  const columns: Column<Schedule>[] = [
    {
      key: "name",
      title: t("library.name"),
      cell: (schedule) => {
        const title = titleOf(schedule.order);
        const about = [title.report, title.about, title.period].filter(Boolean).join(" · ");
        return <TitleCell title={{ report: schedule.name, about, period: "" }} />;
      },
    },
    { key: "rhythm", title: t("library.rhythm"), cell: (schedule) => rhythmText(schedule.rhythm) },
    {
      key: "form",
      title: t("library.form"),
      wideOnly: true,
      cell: (schedule) => schedule.order.form.toUpperCase(),
    },
    {
      key: "recipients",
      title: t("library.recipients"),
      wideOnly: true,
      cell: (schedule) => (
        <span className="job-fault" title={schedule.recipients.join(", ")}>
          {schedule.recipients.join(", ") || t("library.nobody")}
        </span>
      ),
    },
    {
      key: "next",
      title: t("library.nextRun"),
      cell: (schedule) =>
        schedule.next_run ? (
          formatBucket(schedule.next_run.slice(0, 19), "hourly", locale)
        ) : (
          <span className="badge">{t("library.isPaused")}</span>
        ),
    },
    {
      key: "last",
      title: t("library.lastRun"),
      wideOnly: true,
      cell: (schedule) => <LastRun schedule={schedule} />,
    },
    {
      key: "tools",
      title: <span className="vh">{t("library.tools")}</span>,
      right: true,
      cell: (schedule) => (
        <Tools
          schedule={schedule}
          onEdit={() => onEdit(schedule)}
          onRemove={() => onRemove(schedule)}
          onResults={() => onResults(schedule)}
        />
      ),
    },
  ];
  return (
    <DataTable
      caption={t("library.schedules")}
      columns={columns}
      rows={schedules}
      rowKey={(schedule) => schedule.id}
    />
  );
}

/** Orders that repeat: when, to whom, how the last run went. */
export function ScheduleList() {
  const { t } = useTranslation();
  const query = useSchedules();
  const [document, setDocument] = useParam("document");
  const [results, setResults] = useParam("schedule");
  const [editing, setEditing] = useState<Schedule | "new" | null>(document ? "new" : null);
  const [removing, setRemoving] = useState<Schedule | null>(null);
  const schedules = query.data?.schedules ?? [];
  const shown = schedules.find((schedule) => schedule.id === results);
  const close = () => {
    setEditing(null);
    setDocument("");
  };
  const add = (
    <Button small tone="primary" icon={<Plus size={14} />} onClick={() => setEditing("new")}>
      {t("library.newSchedule")}
    </Button>
  );
  return (
    <>
      <Card title={t("library.schedules")} flush actions={schedules.length > 0 ? add : undefined}>
        <QueryView
          query={query}
          skeleton={
            <div className="pad">
              <SkeletonLines count={5} />
            </div>
          }
          isEmpty={() => schedules.length === 0}
          empty={
            <EmptyState title={t("library.noSchedules")} text={t("library.noSchedulesText")} action={add} />
          }
        >
          {() => (
            <ScheduleTable
              schedules={schedules}
              onEdit={setEditing}
              onRemove={setRemoving}
              onResults={(schedule) => setResults(schedule.id, true)}
            />
          )}
        </QueryView>
      </Card>
      {shown ? (
        <JobList title={t("library.resultsOf", { name: shown.name })} schedule={shown.id} />
      ) : (
        schedules.length > 0 && (
          <p className="muted">
            <CalendarClock size={14} aria-hidden="true" /> {t("library.chooseResults")}
          </p>
        )
      )}
      {editing && (
        <ScheduleForm schedule={editing === "new" ? null : editing} document={document} onClose={close} />
      )}
      {removing && (
        <RemoveDialog
          resource={SCHEDULES}
          item={removing}
          title={t("library.removeSchedule", { name: removing.name })}
          text={t("library.removeScheduleText")}
          onClose={() => setRemoving(null)}
        />
      )}
    </>
  );
}
