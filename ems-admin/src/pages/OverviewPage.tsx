import { Card } from "@ems/ui";
import { ChevronRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useDescription } from "../model/description";
import { useNames } from "../model/names";
import { useTitle } from "./useTitle";

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
      <div className="overview">
        {groups.map((group) => (
          <Card key={group.name} title={names.group(group)} flush>
            <ul className="overview__list">
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
