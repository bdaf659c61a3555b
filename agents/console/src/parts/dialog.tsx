// SPDX-License-Identifier: Apache-2.0
import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { useApp } from "../app/context";
import { Icon } from "./icon";
import { Toasts } from "./toasts";
import "./dialog.css";

interface Props {
  title: string;
  children: ComponentChildren;
  onClose(): void;
}

/** A modal dialog: the browser keeps the focus inside and gives it back
 * (to where one writes, when what had it is gone); Escape and a click outside close it. */
export function Dialog({ title, children, onClose }: Props) {
  const { t } = useApp();
  const box = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  // Before the next key can come: what is typed right after the shortcut belongs into the dialog.
  useLayoutEffect(() => {
    const dialog = box.current;
    const before = document.activeElement;
    dialog?.showModal();
    dialog?.querySelector<HTMLElement>("[data-first]")?.focus();
    return () => {
      dialog?.close();
      const back = before instanceof HTMLElement && before.isConnected ? before : undefined;
      (back ?? document.querySelector<HTMLElement>("[data-home]"))?.focus();
    };
  }, []);
  return (
    <dialog
      ref={box}
      class="dialog"
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onMouseDown={(event) => event.target === box.current && onClose()}
    >
      <div class="dialog-body">
        <div class="dialog-head">
          <h2 id={titleId}>{title}</h2>
          <button type="button" class="button quiet icon small" aria-label={t("common.close")} onClick={onClose}>
            <Icon name="close" />
          </button>
        </div>
        {children}
      </div>
      <Toasts />
    </dialog>
  );
}
