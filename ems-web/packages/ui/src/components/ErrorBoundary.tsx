import { CircleAlert } from "lucide-react";
import { Component, type ReactNode } from "react";
import { withTranslation } from "react-i18next";
import type { Translate } from "../i18n/errors";
import { Button } from "./Button";
import { StateView } from "./states";

interface Props {
  children: ReactNode;
  t: Translate;
}

interface State {
  hasFailed: boolean;
}

class Boundary extends Component<Props, State> {
  override state: State = { hasFailed: false };

  static getDerivedStateFromError(): State {
    return { hasFailed: true };
  }

  override render(): ReactNode {
    if (!this.state.hasFailed) return this.props.children;
    const { t } = this.props;
    return (
      <StateView
        tone="error"
        icon={<CircleAlert size={20} />}
        title={t("state.crashed")}
        text={t("state.crashedText")}
        action={
          <Button small onClick={() => this.setState({ hasFailed: false })}>
            {t("action.retry")}
          </Button>
        }
      />
    );
  }
}

/** A bug in one widget stays in that widget. */
export const ErrorBoundary = withTranslation("ui")(Boundary);
