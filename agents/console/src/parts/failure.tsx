// SPDX-License-Identifier: Apache-2.0
import { errorText } from "../app/error_text";
import { useApp } from "../app/context";
import type { SessionError } from "../wire/usher/agents/v1/session_service";
import "./failure.css";

/** Why something is not shown, where it would stand, and a way to try again. */
export function Failure({ error, onRetry }: { error: SessionError; onRetry?(): void }) {
  const { t } = useApp();
  const { title, next } = errorText(error, t);
  return (
    <div class="failure" role="status">
      <p>{title}</p>
      {next && <p class="faint">{next}</p>}
      {onRetry && <button class="button small" type="button" onClick={onRetry}>{t("common.retry")}</button>}
    </div>
  );
}
