import { Card, EmptyState, ErrorState, Segmented, Skeleton } from "@ems/ui";
import { Thermometer } from "lucide-react";
import { useTranslation } from "react-i18next";
import "../explore/explore.css";
import { Chips } from "../explore/Chips";
import { DurationView, HeatView, ScatterView } from "../explore/OtherViews";
import { SeriesPicker } from "../explore/SeriesPicker";
import { TimeView } from "../explore/TimeView";
import { formatToken } from "../explore/tokens";
import { type Explore, type ExploreLook, LOOKS, useExplore } from "../explore/useExplore";
import { useOutdoorPoint } from "../explore/useOutdoorPoint";
import { PageHead } from "./PageHead";

const VIEWS: Record<ExploreLook, (props: { explore: Explore }) => React.JSX.Element> = {
  time: TimeView,
  duration: DurationView,
  heat: HeatView,
  scatter: ScatterView,
};

/** One press adds the outdoor temperature, where a sensor measures it. */
function AddOutdoor({ explore }: { explore: Explore }) {
  const { t } = useTranslation();
  const point = useOutdoorPoint();
  const isThere = explore.tokens.some((token) => point && formatToken(token) === formatToken(point));
  if (!point || isThere) return null;
  return (
    <button type="button" className="btn btn--small" onClick={() => explore.add(point)}>
      <Thermometer size={14} aria-hidden="true" /> {t("explore.outdoor")}
    </button>
  );
}

/** What could not be read or has no values, by series. */
function Notes({ explore }: { explore: Explore }) {
  const { t } = useTranslation();
  const { failures, empty, lines, retry } = explore.data;
  const first = failures[0];
  if (first && lines.length === 0) {
    return (
      <Card>
        <ErrorState error={first.error} onRetry={retry} />
      </Card>
    );
  }
  const count = failures.length + empty.length;
  if (count === 0) return null;
  const gone = [...failures.map((failure) => failure.token), ...empty];
  return (
    <p className="banner banner--warning explore-note">
      {t("explore.without", { count })}
      <button type="button" className="btn btn--small" onClick={() => explore.remove(...gone)}>
        {t("explore.removeThem")}
      </button>
    </p>
  );
}

/** Any series over any time, side by side. */
export default function ExplorePage() {
  const { t } = useTranslation();
  const explore = useExplore();
  const View = VIEWS[explore.look];
  const { data, tokens } = explore;
  const isEmpty = tokens.length === 0;
  return (
    <div className="page">
      <PageHead
        title={t("explore.title")}
        question={t(`explore.question.${explore.look}`)}
        tools={
          <>
            <Segmented
              label={t("explore.look")}
              value={explore.look}
              options={LOOKS.map((look) => ({ value: look, label: t(`explore.looks.${look}`) }))}
              onChange={explore.setLook}
            />
            <AddOutdoor explore={explore} />
            <SeriesPicker explore={explore} />
          </>
        }
      />
      {data.lines.length > 0 && <Chips explore={explore} />}
      <Notes explore={explore} />
      {isEmpty && (
        <Card>
          <EmptyState title={t("explore.none")} text={t("explore.noneText")} />
        </Card>
      )}
      {!isEmpty && data.isPending && data.lines.length === 0 && (
        <Card>
          <Skeleton height={380} />
        </Card>
      )}
      {data.lines.length > 0 && <View explore={explore} />}
    </div>
  );
}
