import { ForgotPage, RegisterPage, SignIn } from "@ems/ui";
import { useTranslation } from "react-i18next";
import { Link, Route, Routes } from "react-router";

/** The ways in; any other address waits for the sign-in and is opened after it. */
export default function SignedOut() {
  const { t } = useTranslation();
  const back = <Link to="/">{t("door.back")}</Link>;
  return (
    <Routes>
      <Route path="register" element={<RegisterPage back={back} />} />
      <Route path="forgot" element={<ForgotPage back={back} />} />
      <Route
        path="*"
        element={
          <SignIn
            title={t("app.title")}
            links={
              <>
                <Link to="/forgot">{t("door.forgot")}</Link>
                <Link to="/register">{t("door.register")}</Link>
              </>
            }
          />
        }
      />
    </Routes>
  );
}
