import { Button, Card, Field, toasts } from "@ems/ui";
import { ArrowDown, ArrowUp, Link2, Play } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useSearchParams } from "react-router";
import { clampSeconds, kiosk, LONGEST_S, SHORTEST_S, type Show, showAddress, showOf } from "../kiosk/store";
import { ALL_PLACES } from "../shell/navigation";
import { PageHead } from "./PageHead";

const FIRST: Show = {
  pages: ["/", "/flow", "/report/space/energycategory?p=last-7-days", "/map"],
  everySeconds: 30,
};

/** What is offered: every page that needs no choice of its own. */
const OFFERED = ALL_PLACES.filter((place) => !["/bill", "/alarms"].includes(place.to));

function pathOf(page: string): string {
  return page.split("?")[0] ?? page;
}

/** Set up and start a show of pages for a wall screen. */
export default function KioskPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [params] = useSearchParams();
  const [show, setShow] = useState<Show>(() => showOf(params) ?? FIRST);
  const start = (wanted: Show) => {
    kiosk.start(wanted);
    void navigate(wanted.pages[0] ?? "/");
  };
  useEffect(() => {
    const wanted = params.get("start") ? showOf(params) : null;
    if (!wanted) return;
    kiosk.start(wanted);
    void navigate(wanted.pages[0] ?? "/", { replace: true });
  }, [params, navigate]);
  const toggle = (to: string) => {
    const isIn = show.pages.some((page) => pathOf(page) === to);
    const pages = isIn ? show.pages.filter((page) => pathOf(page) !== to) : [...show.pages, to];
    setShow({ ...show, pages });
  };
  const move = (index: number, by: 1 | -1) => {
    const pages = [...show.pages];
    const [page] = pages.splice(index, 1);
    if (page !== undefined) pages.splice(index + by, 0, page);
    setShow({ ...show, pages });
  };
  const nameOf = (page: string) => {
    const place = ALL_PLACES.find((one) => one.to === pathOf(page));
    return place ? t(place.key) : page;
  };
  const copy = async () => {
    await navigator.clipboard.writeText(new URL(showAddress(show), window.location.href).href);
    toasts.show(t("kiosk.copied"));
  };
  return (
    <div className="page">
      <PageHead
        title={t("kiosk.title")}
        question={t("kiosk.question")}
        tools={
          <>
            <Button
              small
              icon={<Link2 size={14} />}
              disabled={show.pages.length === 0}
              onClick={() => void copy()}
            >
              {t("kiosk.copy")}
            </Button>
            <Button
              small
              tone="primary"
              icon={<Play size={14} />}
              disabled={show.pages.length === 0}
              onClick={() => start(show)}
            >
              {t("kiosk.start")}
            </Button>
          </>
        }
      />
      <div className="grid">
        <Card title={t("kiosk.order")} span={6}>
          <ol className="kiosk-pages">
            {show.pages.map((page, i) => (
              <li key={page}>
                <span>{nameOf(page)}</span>
                <Button
                  small
                  tone="quiet"
                  aria-label={t("kiosk.up", { name: nameOf(page) })}
                  icon={<ArrowUp size={14} />}
                  disabled={i === 0}
                  onClick={() => move(i, -1)}
                />
                <Button
                  small
                  tone="quiet"
                  aria-label={t("kiosk.down", { name: nameOf(page) })}
                  icon={<ArrowDown size={14} />}
                  disabled={i === show.pages.length - 1}
                  onClick={() => move(i, 1)}
                />
              </li>
            ))}
          </ol>
          {show.pages.length === 0 && <p className="muted">{t("kiosk.none")}</p>}
          <Field
            label={t("kiosk.every")}
            type="number"
            min={SHORTEST_S}
            max={LONGEST_S}
            value={String(show.everySeconds)}
            onChange={(event) => setShow({ ...show, everySeconds: Number(event.target.value) })}
            onBlur={() => setShow({ ...show, everySeconds: clampSeconds(show.everySeconds) })}
          />
        </Card>
        <Card title={t("kiosk.offered")} span={6}>
          <ul className="kiosk-offer">
            {OFFERED.map((place) => (
              <li key={place.to}>
                <label>
                  <input
                    type="checkbox"
                    checked={show.pages.some((page) => pathOf(page) === place.to)}
                    onChange={() => toggle(place.to)}
                  />
                  {place.icon} {t(place.key)}
                </label>
              </li>
            ))}
          </ul>
        </Card>
      </div>
    </div>
  );
}
