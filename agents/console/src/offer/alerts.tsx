// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from "preact/hooks";
import { useApp } from "../app/context";
import { emptyConversation, unreadCount } from "../state/conversation";
import { clockText, remainingMs } from "../state/time";
import { chime } from "./chime";

const flashMs = 1000;
const chimeAgainMs = 5000;

/** Makes sure that an offer is noticed: read out, heard, and seen in the title of a hidden page. */
export function Alerts() {
  const { state, desk, t, preferences } = useApp();
  const first = state.desk.offers[0];
  const offerId = first?.offer?.id;
  const name = first?.contact ? desk.nameOf(first.contact) : "";
  const ringing = state.phone.call?.state === "ringing";
  const [said, setSaid] = useState("");

  useEffect(() => {
    if (!first?.contact) return setSaid("");
    const left = remainingMs(first.offer?.deadline, Date.now() + state.clock.offsetMs);
    setSaid(t("offer.new", { name, queue: t.word(first.contact.queue ?? ""), time: clockText(left) }));
  }, [offerId, name]);

  useEffect(() => {
    // A call that rings here is heard already.
    if (!offerId || !preferences.sound || ringing) return;
    chime();
    const timer = setInterval(chime, chimeAgainMs);
    return () => clearInterval(timer);
  }, [offerId, preferences.sound, ringing]);

  const unread = state.desk.contacts.reduce(
    (sum, contact) => sum + unreadCount(state.conversations[contact.id ?? ""] ?? emptyConversation),
    0,
  );
  useEffect(() => {
    const calm = unread > 0 ? `(${unread}) ${t("app.name")}` : t("app.name");
    document.title = calm;
    if (!offerId) return;
    let flash = false;
    const timer = setInterval(() => {
      flash = !flash;
      document.title = flash ? t("offer.title", { name }) : calm;
    }, flashMs);
    return () => clearInterval(timer);
  }, [offerId, name, unread, t]);

  return <div class="sr-only" role="alert" aria-live="assertive">{said}</div>;
}
