// SPDX-License-Identifier: Apache-2.0
import { useEffect } from "preact/hooks";
import { useApp } from "../app/context";
import type { Toast } from "../state/state";
import { Icon } from "./icon";
import "./toasts.css";

const shownMs = 6000;
const badShownMs = 12000;

/** Short notices; read out as they come, gone by themselves. */
export function Toasts() {
  const { state, t } = useApp();
  return (
    <section class="toasts" aria-label={t("toast.label")} aria-live="polite" aria-atomic="false">
      {state.toasts.map((toast) => (
        <ToastCard key={toast.id} toast={toast} />
      ))}
    </section>
  );
}

function ToastCard({ toast }: { toast: Toast }) {
  const { desk, t } = useApp();
  const dismiss = () => desk.store.dispatch({ kind: "toast-gone", id: toast.id });
  useEffect(() => {
    const timer = setTimeout(dismiss, toast.tone === "bad" ? badShownMs : shownMs);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div class={`toast ${toast.tone}`}>
      <Icon name={toast.tone === "good" ? "check" : "alert"} />
      <div class="toast-text">
        <strong>{toast.title}</strong>
        {toast.detail && <span>{toast.detail}</span>}
      </div>
      <button type="button" class="button quiet icon small" aria-label={t("common.dismiss")} onClick={dismiss}>
        <Icon name="close" size={16} />
      </button>
    </div>
  );
}
