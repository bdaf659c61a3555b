// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from "preact/hooks";
import { useApp } from "../app/context";
import { customerTypes, type Profile, profileChange, profileOf, rebased, saleStages } from "../state/record";
import type { Customer, CustomerType, SaleStage } from "../wire/usher/context/v1/customer";
import { FieldInput } from "./field_input";

/** Everything about a customer that is chosen or typed, saved at once; what was not touched stays as others left it. */
export function ProfileForm({ customer, onDone }: { customer: Customer; onDone(): void }) {
  const { state, desk, t } = useApp();
  // What the form was opened with decides what was changed, whatever comes in meanwhile.
  const [opened, setOpened] = useState(customer);
  const [profile, setProfile] = useState<Profile>(() => profileOf(customer));
  const [busy, setBusy] = useState(false);
  useEffect(() => void desk.readBoard().catch(() => undefined), []);
  const set = (change: Partial<Profile>) => setProfile({ ...profile, ...change });
  const tiers = state.words.tiers ?? [];
  const { agents } = state.board;
  const save = async (event: Event) => {
    event.preventDefault();
    const change = profileChange(opened, profile);
    if (!change) return onDone();
    setBusy(true);
    const saved = await desk.customers.update(change);
    setBusy(false);
    if (!saved) {
      const latest = desk.store.state.customers[customer.id ?? ""] ?? opened;
      setProfile(rebased(profile, profileOf(opened), profileOf(latest)));
      return setOpened(latest);
    }
    desk.toast("good", t("customer.saved"));
    onDone();
  };
  return (
    <form class="profile-form" aria-label={t("profile.edit")} onSubmit={(event) => void save(event)}>
      <label class="field">
        <span>{t("profile.type")}</span>
        <select class="input" value={profile.type} onChange={(event) => set({ type: event.currentTarget.value as CustomerType })}>
          {customerTypes.map((one) => <option key={one} value={one}>{t(`customer.type.${one}`)}</option>)}
        </select>
      </label>
      <label class="field">
        <span>{t("profile.tier")}</span>
        {tiers.length > 0 ? (
          <select class="input" value={profile.tier} onChange={(event) => set({ tier: event.currentTarget.value })}>
            <option value="">{t("common.none")}</option>
            {[...new Set([...tiers, ...(profile.tier ? [profile.tier] : [])])].map((tier) => <option key={tier} value={tier}>{t.word(tier)}</option>)}
          </select>
        ) : (
          <input class="input" maxLength={64} value={profile.tier} onInput={(event) => set({ tier: event.currentTarget.value.trim() })} />
        )}
      </label>
      <label class="field">
        <span>{t("profile.value")}</span>
        <input class="input" inputMode="numeric" pattern="[0-9]*" maxLength={18} value={profile.value} onInput={(event) => set({ value: event.currentTarget.value.trim() })} />
      </label>
      <label class="field">
        <span>{t("profile.stage")}</span>
        <select class="input" value={profile.stage} onChange={(event) => set({ stage: event.currentTarget.value as SaleStage })}>
          {saleStages.map((one) => <option key={one} value={one}>{t(`customer.stage.${one}`)}</option>)}
        </select>
      </label>
      <label class="field">
        <span>{t("profile.language")}</span>
        <input class="input" maxLength={35} placeholder="en, zh-CN…" value={profile.language} onInput={(event) => set({ language: event.currentTarget.value.trim() })} />
      </label>
      <label class="field">
        <span>{t("profile.owner")}</span>
        <select class="input" value={profile.owner} onChange={(event) => set({ owner: event.currentTarget.value })}>
          <option value="">{t("common.none")}</option>
          {profile.owner && !agents.some((one) => one.id === profile.owner) && <option value={profile.owner}>{profile.owner}</option>}
          {agents.map((agent) => <option key={agent.id} value={agent.id}>{agent.name || agent.id}</option>)}
        </select>
      </label>
      {(state.words.customerFields ?? []).map((field) => (
        <FieldInput
          key={field.id}
          field={field}
          value={profile.fields[field.id ?? ""] ?? ""}
          onChange={(value) => set({ fields: { ...profile.fields, [field.id ?? ""]: value } })}
        />
      ))}
      <footer>
        <button class="button small" type="button" onClick={onDone}>{t("common.cancel")}</button>
        <button class="button small primary" type="submit" disabled={busy}>{t("common.save")}</button>
      </footer>
    </form>
  );
}
