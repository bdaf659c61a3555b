// SPDX-License-Identifier: Apache-2.0
import { useApp } from "../app/context";
import { Dialog } from "../parts/dialog";
import type { TextKey } from "../text/catalogue";
import "./shortcuts_dialog.css";

const keys: [TextKey, string[]][] = [
  ["shortcuts.accept", ["Alt", "A"]],
  ["shortcuts.reject", ["Alt", "R"]],
  ["shortcuts.next", ["Alt", "↓"]],
  ["shortcuts.previous", ["Alt", "↑"]],
  ["shortcuts.compose", ["Alt", "M"]],
  ["shortcuts.internal", ["Alt", "I"]],
  ["shortcuts.search", ["Alt", "K"]],
  ["shortcuts.cases", ["Alt", "O"]],
  ["shortcuts.mute", ["Alt", "U"]],
  ["shortcuts.dial", ["Alt", "D"]],
  ["shortcuts.write", ["Alt", "E"]],
  ["shortcuts.quick", ["Alt", "Q"]],
  ["shortcuts.note", ["Alt", "N"]],
  ["shortcuts.transfer", ["Alt", "T"]],
  ["shortcuts.complete", ["Alt", "C"]],
  ["shortcuts.presence", ["Alt", "P"]],
  ["shortcuts.help", ["Alt", "/"]],
  ["shortcuts.send", ["Enter"]],
  ["shortcuts.newline", ["Shift", "Enter"]],
  ["shortcuts.mail", ["Ctrl", "Enter"]],
];

export function ShortcutsDialog() {
  const { desk, t } = useApp();
  return (
    <Dialog title={t("shortcuts.title")} onClose={() => desk.store.dispatch({ kind: "dialog" })}>
      <dl class="shortcuts">
        {keys.map(([what, how]) => (
          <div key={what}>
            <dt>{t(what)}</dt>
            <dd>
              {how.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
