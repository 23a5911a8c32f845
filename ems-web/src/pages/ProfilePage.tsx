import {
  Button,
  Card,
  ChangePassword,
  chooseLanguage,
  formatExact,
  formatMoney,
  LANGUAGE_NAMES,
  LANGUAGES,
  Segmented,
  signOut,
  THEME_CHOICES,
  themeStore,
  useLocale,
  useSession,
  useThemeChoice,
} from "@ems/ui";
import { KeyRound, LogOut } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { SecondFactor } from "../profile/SecondFactor";
import { Sessions } from "../profile/Sessions";
import { useSite } from "../state/site";
import { PageHead } from "./PageHead";

const SAMPLE = 12_345.67;

/** Who one is, and how one likes it. */
export default function ProfilePage() {
  const { t, i18n } = useTranslation();
  const locale = useLocale();
  const { user } = useSession();
  const { timeZone, currency } = useSite();
  const theme = useThemeChoice();
  const [isChanging, setChanging] = useState(false);
  if (!user) return null;
  const facts = [
    [t("profile.name"), user.displayName],
    [t("profile.account"), user.name],
    [t("profile.email"), user.email],
    [
      t("profile.role"),
      t(
        user.isAdmin
          ? "profile.roles.admin"
          : user.isReadOnly
            ? "profile.roles.reader"
            : "profile.roles.user",
      ),
    ],
  ] as const;
  return (
    <div className="page">
      <PageHead title={t("profile.title")} question={t("profile.question")} />
      <div className="grid">
        <Card title={t("profile.person")} span={6}>
          <dl className="facts">
            {facts.map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value || "–"}</dd>
              </div>
            ))}
          </dl>
        </Card>
        <Card title={t("profile.security")} span={6}>
          <p className="muted profile__hint">{t("profile.securityHint")}</p>
          <div className="filters">
            <Button icon={<KeyRound size={16} />} onClick={() => setChanging(true)}>
              {t("account.changePassword")}
            </Button>
            <Button icon={<LogOut size={16} />} onClick={() => void signOut()}>
              {t("account.signOut")}
            </Button>
          </div>
          <SecondFactor />
        </Card>
        <Card title={t("profile.looks")} span={6}>
          <div className="profile__choices">
            <div className="field">
              <span className="field__label">{t("signin.language")}</span>
              <Segmented
                label={t("signin.language")}
                value={LANGUAGES.find((one) => one === i18n.language) ?? "en"}
                options={LANGUAGES.map((value) => ({ value, label: LANGUAGE_NAMES[value] }))}
                onChange={(value) => void chooseLanguage(value)}
              />
            </div>
            <div className="field">
              <span className="field__label">{t("account.theme")}</span>
              <Segmented
                label={t("account.theme")}
                value={theme}
                options={THEME_CHOICES.map((value) => ({ value, label: t(`theme.${value}`) }))}
                onChange={(value) => themeStore.choose(value)}
              />
            </div>
          </div>
        </Card>
        <Card title={t("profile.formats")} span={6}>
          <dl className="facts">
            <div>
              <dt>{t("profile.numbers")}</dt>
              <dd>{formatExact(SAMPLE, locale)}</dd>
            </div>
            <div>
              <dt>{t("profile.money")}</dt>
              <dd>{formatMoney(SAMPLE, currency, locale)}</dd>
            </div>
            <div>
              <dt>{t("profile.zone")}</dt>
              <dd>{timeZone}</dd>
            </div>
          </dl>
        </Card>
        <Sessions />
      </div>
      {isChanging && <ChangePassword onClose={() => setChanging(false)} />}
    </div>
  );
}
