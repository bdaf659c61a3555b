// SPDX-License-Identifier: Apache-2.0
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { useApp } from "../app/context";
import { Dialog } from "./dialog";
import { Icon, type IconName } from "./icon";
import { Refusal } from "./refusal";
import "./form_dialog.css";

interface Props {
  title: string;
  /** What the button says. */
  go: string;
  icon?: IconName;
  /** Whether what is filled in can be sent. */
  ready?: boolean;
  /** Sends it; true closes the dialog. */
  onSubmit(): Promise<boolean>;
  children: ComponentChildren;
}

/** A dialog with a form that is sent once, and stays open and says why when it was refused. */
export function FormDialog({ title, go, icon, ready = true, onSubmit, children }: Props) {
  const { desk, t } = useApp();
  const [busy, setBusy] = useState(false);
  const close = () => desk.store.dispatch({ kind: "dialog" });
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy || !ready) return;
    setBusy(true);
    await desk.fromDialog(onSubmit);
    setBusy(false);
  };
  return (
    <Dialog title={title} onClose={close}>
      <form class="form" onSubmit={(event) => void submit(event)}>
        {children}
        <Refusal />
        <footer class="dialog-foot">
          <button class="button" type="button" onClick={close}>{t("common.cancel")}</button>
          {/* Busy, it keeps the focus. */}
          <button class="button primary" type="submit" disabled={!ready} aria-disabled={busy || undefined}>
            {icon && <Icon name={icon} size={18} />}
            {go}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
