// SPDX-License-Identifier: Apache-2.0
import { useApp } from "../app/context";
import { takesCalls } from "../call/takes_calls";
import { Icon, type IconName } from "../parts/icon";
import { takesMail } from "../mail/takes_mail";
import type { Identity } from "../wire/usher/context/v1/customer";
import "./identities.css";

const icons: Record<string, IconName> = { email: "email", phone: "voice", chat: "chat", web: "chat", wechat: "message" };

/** The customer's addresses, and whether each is proven. */
export function Identities({ identities, customerId }: { identities: Identity[]; customerId?: string }) {
  const { state, desk, t } = useApp();
  const calls = takesCalls(state.desk.agent);
  const mails = takesMail(state.desk.agent);
  if (identities.length === 0) return null;
  return (
    <ul class="identities" aria-label={t("customer.identities")}>
      {identities.map((one) => (
        <li key={`${one.kind} ${one.value}`}>
          <Icon name={icons[one.kind ?? ""] ?? "user"} size={16} />
          <span class="sr-only">{t.ifKnown(`channel.kind.${one.kind}`) ?? one.kind}: </span>
          <span class="ellipsis identities-value" title={one.value}>{one.value}</span>
          {calls && one.kind === "phone" && (
            <button
              class="button quiet small icon"
              type="button"
              aria-label={t("dial.of", { value: one.value ?? "" })}
              title={t("dial.of", { value: one.value ?? "" })}
              onClick={() => desk.store.dispatch({ kind: "dialog", dialog: { kind: "dial", number: one.value, customerId } })}
            >
              <Icon name="voice" size={16} />
            </button>
          )}
          {mails && one.kind === "email" && (
            <button
              class="button quiet small icon"
              type="button"
              aria-label={t("write.of", { value: one.value ?? "" })}
              title={t("write.of", { value: one.value ?? "" })}
              onClick={() => desk.store.dispatch({ kind: "dialog", dialog: { kind: "write", to: one.value, customerId } })}
            >
              <Icon name="edit" size={16} />
            </button>
          )}
          {one.verified ? (
            <span class="identities-proof good" title={t("customer.verified")}>
              <Icon name="shield" size={16} />
              <span class="sr-only">{t("customer.verified")}</span>
            </span>
          ) : (
            <span class="identities-proof">{t("customer.claimed")}</span>
          )}
        </li>
      ))}
    </ul>
  );
}
