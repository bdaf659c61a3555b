// SPDX-License-Identifier: Apache-2.0
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useApp } from "../app/context";
import { Icon } from "../parts/icon";
import { addressesIn, addressText, withAddresses } from "../state/mail";
import type { MailAddress } from "../wire/usher/context/v1/conversation";

interface Props {
  label: string;
  list: MailAddress[];
  /** What stands there while the list is empty, such as whom an answer goes to by itself. */
  automatic?: string;
  /** Focused as it appears. */
  focused?: boolean;
  disabled?: boolean;
  /** What was typed and is no address, so that nothing is sent without it. */
  onRest(rest: string): void;
  onChange(list: MailAddress[]): void;
}

/** Addresses as chips: Enter, comma, semicolon and leaving the field take up what was typed, Backspace takes the last one out. */
export function RecipientsField({ label, list, automatic, focused, disabled, onRest, onChange }: Props) {
  const { t } = useApp();
  const [typed, setTyped] = useState("");
  const [bad, setBad] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  const [said, setSaid] = useState("");
  useLayoutEffect(() => {
    if (focused) field.current?.focus();
  }, []);
  const type = (text: string) => {
    setTyped(text);
    setBad(false);
    onRest(text.trim());
  };
  const takeUp = (text: string) => {
    const { addresses, rest } = addressesIn(text);
    if (addresses.length > 0) {
      onChange(withAddresses(list, addresses));
      setSaid(t("mail.to.added", { address: addresses.map(addressText).join(", ") }));
    }
    setTyped(rest);
    setBad(rest !== "");
    onRest(rest);
  };
  const remove = (at: number) => {
    onChange(list.filter((_, index) => index !== at));
    setSaid(t("mail.to.removed", { address: list[at] ? addressText(list[at]) : "" }));
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    if (event.key === "Backspace" && typed === "" && list.length > 0) return remove(list.length - 1);
    const ends = event.key === "Enter" || event.key === "," || event.key === ";";
    if (!ends) return;
    event.preventDefault();
    takeUp(typed);
  };
  return (
    <div class={`mail-row ${bad ? "bad" : ""}`} onMouseDown={(event) => event.target === event.currentTarget && (event.preventDefault(), field.current?.focus())}>
      <label class="mail-row-label" for={id}>{label}</label>
      <div class="mail-chips">
        {list.length > 0 && (
          <ul aria-label={label}>
            {list.map((one, at) => (
              <li key={one.address} class="chip mail-chip" title={addressText(one)}>
                <span class="ellipsis">{one.name || one.address}</span>
                <button type="button" class="mail-chip-out" disabled={disabled} aria-label={t("mail.to.remove", { address: addressText(one) })} onClick={() => remove(at)}>
                  <Icon name="close" size={12} />
                </button>
              </li>
            ))}
          </ul>
        )}
        <input
          ref={field}
          id={id}
          class="mail-input"
          type="text"
          inputMode="email"
          autoComplete="off"
          spellcheck={false}
          disabled={disabled}
          value={typed}
          placeholder={list.length === 0 ? automatic : undefined}
          aria-invalid={bad}
          aria-describedby={bad ? `${id}-bad` : undefined}
          onKeyDown={onKeyDown}
          onInput={(event) => type(event.currentTarget.value)}
          onBlur={() => typed.trim() !== "" && takeUp(typed)}
          onPaste={(event) => {
            const text = event.clipboardData?.getData("text") ?? "";
            if (!/[,;\n]/.test(text)) return;
            event.preventDefault();
            takeUp(`${typed}${text}`);
          }}
        />
      </div>
      <span class="sr-only" role="status">{said}</span>
      {bad && <p id={`${id}-bad`} class="mail-row-bad" role="alert">{t("mail.to.bad", { text: typed })}</p>}
    </div>
  );
}
