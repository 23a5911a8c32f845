import { Card, Skeleton } from "@ems/ui";
import { ChevronRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useDescription } from "../model/description";
import { useNames } from "../model/names";
import { Headline } from "../pipeline/Headline";
import { usePipeline } from "../pipeline/state";
import { TOOLS } from "../shell/tools";
import { useTitle } from "./useTitle";

/** Whether the figures are current, in a line; the pipeline's page tells more. */
function State() {
  const { t } = useTranslation();
  const query = usePipeline();
  if (query.isPending) return <Skeleton height={64} />;
  // The page lists what can be configured; a pipeline that can't be asked shows on its own page.
  if (!query.data) return null;
  return (
    <Headline
      pipeline={query.data}
      action={
        <Link to="/pipeline" className="btn btn--small">
          {t("overview.pipeline")}
        </Link>
      }
    />
  );
}

/** Everything that can be configured, by group. */
export default function OverviewPage() {
  const { t } = useTranslation();
  const names = useNames();
  const { groups, resources } = useDescription();
  useTitle(t("nav.overview"));
  return (
    <div className="page">
      <div>
        <h1>{t("nav.overview")}</h1>
        <p className="page__sub">{t("overview.text")}</p>
      </div>
      <State />
      <div className="overview">
        {groups.map((group) => (
          <Card key={group.name} title={names.group(group)} flush>
            <ul className="overview__list">
              {TOOLS.filter((tool) => tool.group === group.name).map(({ path, icon: Icon }) => (
                <li key={path}>
                  <Link to={`/${path}`} className="menu__item">
                    <Icon size={16} aria-hidden="true" /> {t(`tool.${path}`)}
                    <span className="menu__hint" aria-hidden="true">
                      <ChevronRight size={14} className="flip" />
                    </span>
                  </Link>
                </li>
              ))}
              {group.resources
                .map((name) => resources.find((resource) => resource.name === name))
                .map(
                  (resource) =>
                    resource && (
                      <li key={resource.name}>
                        <Link to={`/${resource.name}`} className="menu__item">
                          {names.resource(resource)}
                          <span className="menu__hint" aria-hidden="true">
                            <ChevronRight size={14} className="flip" />
                          </span>
                        </Link>
                      </li>
                    ),
                )}
            </ul>
          </Card>
        ))}
      </div>
    </div>
  );
}
