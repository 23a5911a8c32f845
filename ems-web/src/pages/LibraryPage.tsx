import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import "../library/library.css";
import { DocumentList } from "../library/DocumentList";
import { JobList } from "../library/JobList";
import { OrderCard } from "../library/OrderCard";
import { ScheduleList } from "../library/ScheduleList";
import { ViewLink } from "../state/ViewLink";
import NotFoundPage from "./NotFoundPage";
import { PageHead } from "./PageHead";

const TABS = ["files", "schedules", "documents"] as const;
type Tab = (typeof TABS)[number];

function addressOf(tab: Tab): string {
  return tab === "files" ? "/reports" : `/reports/${tab}`;
}

function Files() {
  const { t } = useTranslation();
  return (
    <>
      <OrderCard />
      <JobList title={t("library.files")} />
    </>
  );
}

const CONTENTS: Record<Tab, () => React.JSX.Element> = {
  files: Files,
  schedules: ScheduleList,
  documents: DocumentList,
};

/** Reports as files: ordered, on a schedule, put together of blocks. */
export default function LibraryPage() {
  const { t } = useTranslation();
  const { tab: asked = "files" } = useParams();
  const tab = TABS.find((one) => one === asked);
  if (!tab) return <NotFoundPage />;
  const Content = CONTENTS[tab];
  return (
    <div className="page">
      <PageHead title={t("library.title")} question={t(`library.question.${tab}`)} />
      <nav className="tabs" aria-label={t("library.title")}>
        {TABS.map((one) => (
          <ViewLink key={one} to={addressOf(one)} className="tabs__item">
            {t(`library.tab.${one}`)}
          </ViewLink>
        ))}
      </nav>
      <Content />
    </div>
  );
}
