// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from "preact/hooks";
import { useApp } from "../app/context";
import { Dialog } from "../parts/dialog";
import { chooseDevices, chosenDevices, type Devices, listDevices } from "./devices";
import "./softphone.css";

/** The telephone in this browser: how it stands, its password, its microphone and loudspeaker. */
export function PhoneDialog() {
  const { state, desk, t } = useApp();
  const { status, problem, detail = "" } = state.phone;
  const { user } = desk.phone;
  return (
    <Dialog title={t("phone.title")} onClose={() => desk.store.dispatch({ kind: "dialog" })}>
      <div class="phone">
        <div role="status">
          {status !== "absent" && <strong>{t(`phone.status.${status}`)}</strong>}
          {problem && <p class="phone-problem">{t(`phone.problem.${problem}`, { user, detail })}</p>}
        </div>
        {status === "signed-out" && <Password user={user} />}
        {(status === "failed" || status === "elsewhere") && (
          <button class="button primary" type="button" data-first onClick={() => desk.phone.take()}>
            {t(status === "failed" ? "common.retry" : "phone.take")}
          </button>
        )}
        {status === "registered" && <ChooseDevices />}
        {status !== "signed-out" && status !== "absent" && (
          <button class="button quiet small" type="button" onClick={() => desk.phone.signOut()}>{t("phone.signout")}</button>
        )}
      </div>
    </Dialog>
  );
}

function Password({ user }: { user: string }) {
  const { desk, t } = useApp();
  const [password, setPassword] = useState("");
  const [forGood, setForGood] = useState(false);
  const submit = (event: Event) => {
    event.preventDefault();
    if (password) desk.phone.signIn(password, forGood);
  };
  return (
    <form class="phone" onSubmit={submit}>
      <label class="field">
        <span>{t("phone.password", { user })}</span>
        <input class="input" type="password" data-first autoComplete="off" maxLength={256} value={password} aria-describedby="phone-password-hint" onInput={(event) => setPassword(event.currentTarget.value)} />
      </label>
      <p id="phone-password-hint" class="soft phone-hint">{t("phone.password.hint")}</p>
      <label class="phone-keep">
        <input type="checkbox" checked={forGood} onChange={(event) => setForGood(event.currentTarget.checked)} />
        {t("phone.password.keep")}
      </label>
      <button class="button primary" type="submit" disabled={!password}>{t("phone.signin")}</button>
    </form>
  );
}

function ChooseDevices() {
  const { desk, t } = useApp();
  const [chosen, setChosen] = useState(chosenDevices);
  const choose = (change: Partial<Devices>) => {
    const next = { ...chosen, ...change };
    chooseDevices(next);
    setChosen(next);
    desk.phone.chooseLoudspeaker();
  };
  return (
    <>
      <Choice label={t("phone.input")} kind="audioinput" value={chosen.input} onChoose={(input) => choose({ input })} />
      {"setSinkId" in HTMLMediaElement.prototype && (
        <Choice label={t("phone.output")} kind="audiooutput" value={chosen.output} onChoose={(output) => choose({ output })} />
      )}
    </>
  );
}

interface ChoiceProps {
  label: string;
  kind: "audioinput" | "audiooutput";
  value: string;
  onChoose(id: string): void;
}

function Choice({ label, kind, value, onChoose }: ChoiceProps) {
  const { t } = useApp();
  const [devices, setDevices] = useState<MediaDeviceInfo[]>([]);
  useEffect(() => {
    const read = () => void listDevices(kind).then(setDevices, () => setDevices([]));
    read();
    navigator.mediaDevices?.addEventListener("devicechange", read);
    return () => navigator.mediaDevices?.removeEventListener("devicechange", read);
  }, [kind]);
  const known = devices.some((one) => one.deviceId === value);
  return (
    <label class="field">
      <span>{label}</span>
      <select class="input" value={known ? value : ""} onChange={(event) => onChoose(event.currentTarget.value)}>
        <option value="">{t("phone.device.default")}</option>
        {devices.filter((one) => one.deviceId !== "default").map((one) => <option key={one.deviceId} value={one.deviceId}>{one.label}</option>)}
      </select>
    </label>
  );
}
