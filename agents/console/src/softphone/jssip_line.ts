// SPDX-License-Identifier: Apache-2.0
// The line by JsSIP: a bundle of its own, loaded by those who telephone.
import { UA, WebSocketInterface } from "jssip";
import type { IncomingRTCSessionEvent, RTCSessionEvent, UnRegisteredEvent } from "jssip/lib/UA";
import type { IceCandidateEvent, RTCSession } from "jssip/lib/RTCSession";
import type { LineListener, OpenLine, SipCall, SipLine } from "./sip_line";

const registerForSeconds = 120;
/** Addresses of ours that take longer to find out are left out: the caller waits. */
const iceMaxMs = 500;

export const openLine: OpenLine = (account, listener) => {
  const ua = new UA({
    sockets: [new WebSocketInterface(account.server)],
    uri: `sip:${account.user}@${account.domain}`,
    authorization_user: account.user,
    password: account.password,
    register_expires: registerForSeconds,
    connection_recovery_min_interval: 1,
    connection_recovery_max_interval: 30,
    user_agent: "Usher console",
  });
  let closed = false;
  const heard: LineListener = {
    onRegistered: () => !closed && listener.onRegistered(),
    onProblem: (problem, detail) => !closed && listener.onProblem(problem, detail),
    onCall: (call) => !closed && listener.onCall(call),
  };
  ua.on("registered", () => heard.onRegistered());
  ua.on("registrationFailed", ({ response, cause }: UnRegisteredEvent) => {
    const status = response?.status_code;
    if (status === 401 || status === 403 || status === 407) heard.onProblem("password-refused");
    else if (status) heard.onProblem("refused", `${status} ${response.reason_phrase ?? ""}`.trim());
    else heard.onProblem("unreachable", cause);
  });
  ua.on("disconnected", () => heard.onProblem("unreachable"));
  ua.on("newRTCSession", (event: RTCSessionEvent) => {
    const { originator, session, request } = event as IncomingRTCSessionEvent;
    if (originator === ("remote" as typeof originator)) heard.onCall(callOf(session, { user: request.from.uri.user, contact: request.getHeader("X-Usher-Contact") ?? "" }, account.iceServers));
  });
  ua.start();
  const line: SipLine = {
    register: () => ua.register(),
    close: () => {
      closed = true;
      ua.stop();
    },
  };
  return line;
};

function callOf(session: RTCSession, { user, contact }: { user: string; contact: string }, iceServers: RTCIceServer[]): SipCall {
  let over = false;
  let ours: MediaStream | undefined;
  const call: SipCall = {
    from: /^anonymous$/i.test(user) ? "" : user,
    contact,
    answer: (sound) => {
      ours = sound;
      session.answer({ mediaStream: sound, pcConfig: { iceServers } });
      session.connection?.addEventListener("track", ({ track, streams }) => call.onSound(streams[0] ?? new MediaStream([track])));
    },
    end: (why) => {
      if (!over) session.terminate(why === "busy" ? { status_code: 486 } : { status_code: session.isEstablished() ? undefined : 603 });
    },
    mute: (muted) => (muted ? session.mute({ audio: true }) : session.unmute({ audio: true })),
    onUp: () => undefined,
    onSound: () => undefined,
    onOver: () => undefined,
  };
  const end = () => {
    if (over) return;
    over = true;
    ours?.getTracks().forEach((track) => track.stop());
    call.onOver();
  };
  session.on("confirmed", () => call.onUp());
  session.on("ended", end);
  session.on("failed", end);
  let waiting = false;
  session.on("icecandidate", ({ ready }: IceCandidateEvent) => {
    if (!waiting) setTimeout(ready, iceMaxMs);
    waiting = true;
  });
  return call;
}
