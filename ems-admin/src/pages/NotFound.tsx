import { StateView } from "@ems/ui";
import { MapPinOff } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

/** An address that leads nowhere. */
export function NotFound() {
  const { t } = useTranslation();
  return (
    <div className="page">
      <h1 className="vh">{t("notFound.title")}</h1>
      <StateView
        icon={<MapPinOff size={20} />}
        title={t("notFound.title")}
        text={t("notFound.text")}
        action={
          <Link to="/" className="btn">
            {t("nav.overview")}
          </Link>
        }
      />
    </div>
  );
}
