import { Button, Dialog } from "@ems/ui";
import { useTranslation } from "react-i18next";
import { KEYED_PLACES } from "./navigation";

/** All keys of the application. */
export function ShortcutHelp({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const rows: [string, string][] = [
    ["/", t("keys.search")],
    ["[  ]", t("keys.period")],
    ["t", t("keys.table")],
    ...KEYED_PLACES.map((p): [string, string] => [`g ${p.shortcut}`, t(p.key)]),
    ["?", t("keys.help")],
  ];
  return (
    <Dialog
      title={t("keys.title")}
      onClose={onClose}
      foot={<Button onClick={onClose}>{t("action.close")}</Button>}
    >
      <dl className="keys">
        {rows.map(([keys, meaning]) => (
          <div key={keys} className="keys__row">
            <dt>
              {keys.split(/\s+/).map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
