import { CircleUser, KeyRound, LogOut, Monitor, Moon, Sun } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { LANGUAGES } from "../i18n/language";
import { chooseLanguage, LANGUAGE_NAMES } from "../i18n/setup";
import { signOut } from "../session/actions";
import { useSession } from "../session/useSession";
import { THEME_CHOICES, type ThemeChoice, themeStore, useThemeChoice } from "../theme/store";
import { ChangePassword } from "./ChangePassword";
import { Popover } from "./Popover";
import { Segmented } from "./Segmented";

const THEME_ICONS: Record<ThemeChoice, ReactNode> = {
  light: <Sun size={14} />,
  dark: <Moon size={14} />,
  system: <Monitor size={14} />,
};

/** Who is signed in; theme, language, password, sign out. */
export function AccountMenu({ links }: { links?: ReactNode }) {
  const { t, i18n } = useTranslation("ui");
  const { user } = useSession();
  const choice = useThemeChoice();
  const [isChanging, setChanging] = useState(false);
  return (
    <>
      <Popover
        label={t("account.menu")}
        width={280}
        button={(props) => (
          <button
            type="button"
            className="btn btn--quiet btn--icon"
            aria-label={t("account.menu")}
            title={user?.displayName}
            {...props}
          >
            <CircleUser size={20} />
          </button>
        )}
      >
        {(close) => (
          <div className="menu">
            <div className="account-head">
              <strong>{user?.displayName}</strong>
              <span className="muted">{user?.email}</span>
              {user?.isReadOnly && <span className="badge">{t("account.readOnly")}</span>}
            </div>
            <div className="account-row">
              <span className="muted">{t("account.theme")}</span>
              <Segmented
                label={t("account.theme")}
                value={choice}
                options={THEME_CHOICES.map((value) => ({
                  value,
                  label: (
                    <span className="account-theme">
                      {THEME_ICONS[value]} {t(`theme.${value}`)}
                    </span>
                  ),
                }))}
                onChange={(value) => themeStore.choose(value)}
              />
            </div>
            <div className="account-row">
              <span className="muted">{t("signin.language")}</span>
              <Segmented
                label={t("signin.language")}
                value={LANGUAGES.find((l) => l === i18n.language) ?? "en"}
                options={LANGUAGES.map((value) => ({ value, label: LANGUAGE_NAMES[value] }))}
                onChange={(value) => void chooseLanguage(value)}
              />
            </div>
            <hr className="menu__rule" />
            {links}
            <button
              type="button"
              className="menu__item"
              onClick={() => {
                close();
                setChanging(true);
              }}
            >
              <KeyRound size={16} /> {t("account.changePassword")}
            </button>
            <button type="button" className="menu__item" onClick={() => void signOut()}>
              <LogOut size={16} /> {t("account.signOut")}
            </button>
          </div>
        )}
      </Popover>
      {isChanging && <ChangePassword onClose={() => setChanging(false)} />}
    </>
  );
}
