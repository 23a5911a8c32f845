import { StateView } from "@ems/ui";
import { MapPinOff } from "lucide-react";
import { useTranslation } from "react-i18next";
import { ViewLink } from "../state/ViewLink";
import { useTitle } from "./useTitle";

/** An address that leads nowhere. */
export default function NotFoundPage() {
  const { t } = useTranslation();
  useTitle(t("notFound.title"));
  return (
    <div className="page">
      <h1 className="vh">{t("notFound.title")}</h1>
      <StateView
        icon={<MapPinOff size={20} />}
        title={t("notFound.title")}
        text={t("notFound.text")}
        action={
          <ViewLink to="/" className="btn">
            {t("nav.home")}
          </ViewLink>
        }
      />
    </div>
  );
}
