import { Card, type CardProps } from "@ems/ui";
import { ArrowRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import { ViewLink } from "../state/ViewLink";

export interface LinkedCardProps extends Omit<CardProps, "actions"> {
  /** The page that tells more. */
  to: string;
  /** What the way there is called; "Open" when not said. */
  more?: string;
}

/** A card with the way to the page that tells more. */
export function LinkedCard({ to, more, ...card }: LinkedCardProps) {
  const { t } = useTranslation();
  return (
    <Card
      {...card}
      actions={
        <ViewLink to={to} className="btn btn--quiet btn--small">
          {more ?? t("home.open")} <ArrowRight size={14} aria-hidden="true" className="flip" />
        </ViewLink>
      }
    />
  );
}
