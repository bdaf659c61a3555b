// SPDX-License-Identifier: Apache-2.0
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import "./menu.css";

interface Props {
  /** What is seen on the button; screen readers get the label. */
  button: ComponentChildren;
  label: string;
  buttonClass?: string;
  buttonId?: string;
  align?: "start" | "end";
  children(close: () => void): ComponentChildren;
}

/** A button with a menu below: arrows, Home and End move, Escape and a click outside close. */
export function Menu({ button, label, buttonClass, buttonId, align, children }: Props) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const items = () => [...(root.current?.querySelectorAll<HTMLElement>("[role^=menuitem]") ?? [])];

  const close = () => {
    setOpen(false);
    opener.current?.focus();
  };
  useEffect(() => {
    if (!open) return;
    const checked = items().find((item) => item.getAttribute("aria-checked") === "true");
    (checked ?? items()[0])?.focus();
    const onPointer = (event: Event) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", onPointer);
    return () => document.removeEventListener("pointerdown", onPointer);
  }, [open]);

  const onKey = (event: KeyboardEvent) => {
    if (!open) return;
    const list = items();
    const at = list.indexOf(document.activeElement as HTMLElement);
    const steps: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: list.length - 1 };
    const to = steps[event.key];
    if (event.key === "Escape") close();
    else if (event.key === "Tab") setOpen(false);
    else if (to !== undefined) list[(to + list.length) % list.length]?.focus();
    else return;
    if (event.key !== "Tab") event.preventDefault();
  };

  return (
    <div class="menu" ref={root} onKeyDown={onKey}>
      <button
        ref={opener}
        id={buttonId}
        type="button"
        class={buttonClass}
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <span class="sr-only">{label}</span>
        {button}
      </button>
      {open && (
        <div class={`menu-list ${align ?? "end"}`} role="menu" aria-label={label}>
          {children(close)}
        </div>
      )}
    </div>
  );
}

interface ItemProps {
  checked?: boolean;
  onChoose(): void;
  children: ComponentChildren;
  tone?: "bad";
}

export function MenuItem({ checked, onChoose, children, tone }: ItemProps) {
  return (
    <button
      type="button"
      class={`menu-item ${tone ?? ""}`}
      role={checked === undefined ? "menuitem" : "menuitemradio"}
      aria-checked={checked}
      tabIndex={-1}
      onClick={onChoose}
    >
      {children}
    </button>
  );
}
