// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef, useState } from "preact/hooks";
import { useApp } from "../app/context";
import { usePages } from "../app/use_pages";
import { fieldName } from "../customer/field_name";
import { Avatar } from "../parts/avatar";
import { Dialog } from "../parts/dialog";
import { dayName } from "../parts/dates";
import { Failure } from "../parts/failure";
import { Finder } from "../parts/finder";
import { Refusal } from "../parts/refusal";
import type { SearchHit } from "../wire/usher/context/v1/context_service";
import "./search_dialog.css";

/** A person types on within this time; asking sooner asks in vain. */
const restMs = 180;
const queryMax = 128;

/** Finds a customer by name, number, address or order, and opens the card. */
export function SearchDialog() {
  const { desk, t } = useApp();
  const [query, setQuery] = useState("");
  const [asked, setAsked] = useState("");
  const [more, setMore] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>();
  useEffect(() => () => clearTimeout(timer.current), []);
  const hits = usePages(asked, async () => {
    if (asked === "") return { items: [], next: "" };
    const found = await desk.customers.search(asked);
    setMore(found.more ?? false);
    return { items: found.hits ?? [], next: "" };
  });
  const close = () => desk.store.dispatch({ kind: "dialog" });
  const type = (text: string) => {
    setQuery(text);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setAsked(text.trim()), restMs);
  };
  const open = (hit: SearchHit) => {
    if (!hit.customer?.id) return;
    if (hit.customer.version) desk.store.dispatch({ kind: "customer", customer: hit.customer });
    desk.customers.look(hit.customer.id);
  };
  const create = async () => {
    const id = await desk.customers.create({ name: query.trim() });
    if (id) desk.customers.look(id);
    return id !== undefined;
  };
  return (
    <Dialog title={t("search.title")} onClose={close}>
      <Finder
        label={t("search.label")}
        listLabel={t("search.results")}
        query={query}
        queryMax={queryMax}
        found={hits.items}
        settled={asked === query.trim()}
        keyOf={(hit) => hit.customer?.id ?? ""}
        row={(hit) => <Hit hit={hit} />}
        onQuery={type}
        onChoose={open}
      />
      {hits.error && <Failure error={hits.error} onRetry={hits.again} />}
      {asked === "" && <p class="faint search-hint">{t("search.hint")}</p>}
      {more && <p class="faint search-hint">{t("search.more")}</p>}
      {asked !== "" && hits.loaded && hits.items.length === 0 && (
        <div class="search-none">
          <p>{t("search.none", { query: asked })}</p>
          <Refusal />
          <button class="button small" type="button" onClick={() => void desk.fromDialog(create)}>{t("search.create", { name: asked })}</button>
        </div>
      )}
      <span class="sr-only" role="status">{hits.loaded && asked !== "" ? t("search.count", { count: hits.items.length }) : ""}</span>
    </Dialog>
  );
}

/** One who fits, with what of it does where that is not the name. */
function Hit({ hit }: { hit: SearchHit }) {
  const { state, desk, t } = useApp();
  const customer = hit.customer ?? {};
  const name = customer.name || desk.nameOf({ customerId: customer.id });
  const matched = (hit.matched ?? []).filter((one) => one !== "name");
  const address = (customer.identities ?? []).find((one) => matched.includes(one.kind ?? "")) ?? customer.identities?.[0];
  const fact = matched.find((one) => one.startsWith("fields."));
  const value = fact && customer.fields?.[fact.slice("fields.".length)];
  return (
    <>
      <Avatar name={customer.name ?? ""} id={customer.id ?? ""} />
      <span class="search-who">
        <span class="ellipsis search-name">{name}</span>
        <span class="faint ellipsis">
          {!customer.version && t("search.masked")}
          {[value && `${fieldName(fact, state.words.customerFields ?? [], t)} ${value}`, address?.value, customer.lastContactAt && t("search.last", { date: dayName(customer.lastContactAt, Date.now(), t.locale) })].filter(Boolean).join(" · ")}
        </span>
      </span>
      {(customer.openCases ?? 0) > 0 && <span class="chip warn">{t("search.cases", { count: customer.openCases ?? 0 })}</span>}
      {customer.tier && <span class={`chip tier ${customer.tier}`}>{t.word(customer.tier)}</span>}
    </>
  );
}
