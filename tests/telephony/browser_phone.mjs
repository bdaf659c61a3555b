// SPDX-License-Identifier: Apache-2.0
// An agent's telephone in a real browser: a voice as its microphone, and what its loudspeaker says.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Desk, launchBrowser } from "../integration/e2e/pages.mjs";
import { root, until } from "../integration/e2e/server.mjs";

/** Ends a test as skipped, loudly, where there is no browser or no console to open in it. */
export function needBrowser() {
  for (const [needed, next] of [
    [process.env.CHROMIUM ?? "/usr/bin/chromium", "apt-get install chromium"],
    [join(root, "agents/console/dist/index.html"), "./dev web"],
  ]) {
    if (existsSync(needed)) continue;
    process.stderr.write(`SKIPPED: there is no ${needed}; ${next}\n`);
    process.exit(77);
  }
}

export class BrowserPhone {
  /** `link` opens the console of `name`, who says a tone of `hertz`; `folder` is for the voice; `args`: more of the browser's. */
  static async open({ link, name, hertz, folder, args = [] }) {
    const phone = new BrowserPhone();
    const voice = join(folder, `${name}.wav`);
    writeFileSync(voice, spokenWav(hertz));
    phone.name = name;
    phone.browser = await launchBrowser(
      "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", `--use-file-for-fake-audio-capture=${voice}`,
      "--autoplay-policy=no-user-gesture-required", ...args,
    );
    phone.desk = await Desk.open(phone.browser, link, { script: rememberPeers });
    return phone;
  }

  get page() {
    return this.desk.page;
  }
  button(state) {
    return this.page.locator(`.phone-button.${state}`);
  }

  /** Gives the password in the dialog, which stays open. */
  async give(password) {
    const dialog = this.page.locator("dialog[open]");
    await dialog.getByLabel(`Password of the telephone ${this.name}`).fill(password);
    await this.page.keyboard.press("Enter");
    return dialog;
  }

  async signIn(password) {
    await this.button("signed-out").click();
    const dialog = await this.give(password);
    await dialog.getByText("Ready: calls ring here").waitFor();
    await dialog.getByLabel("Close").click();
  }

  /** The tone that is heard, or 0: the strongest of what the newest connection plays. */
  heard() {
    return this.page.evaluate(async () => {
      const track = globalThis.peers.at(-1)?.getReceivers()[0]?.track;
      if (!track) return 0;
      const audio = new AudioContext();
      const analyser = audio.createAnalyser();
      analyser.fftSize = 4096;
      audio.createMediaStreamSource(new MediaStream([track])).connect(analyser);
      await new Promise((done) => setTimeout(done, 250));
      const levels = new Float32Array(analyser.frequencyBinCount);
      analyser.getFloatFrequencyData(levels);
      const peak = levels.indexOf(Math.max(...levels));
      const hertz = levels[peak] > -50 ? (peak * audio.sampleRate) / analyser.fftSize : 0;
      await audio.close();
      return hertz;
    });
  }

  hears(hertz) {
    return until(`${this.name} hears ${hertz} Hz`, async () => Math.abs((await this.heard()) - hertz) < 20);
  }

  close() {
    return this.browser.close();
  }
}

/** What `install` made for a phone. */
export function passwordOf(pbx, name) {
  return new RegExp(`username = ${name}\\npassword = (\\S+)`).exec(readFileSync(join(pbx.folder, "etc/usher_site_pjsip.conf"), "utf8"))[1];
}

/** So that a test can ask the browser's connections for their sound. */
function rememberPeers() {
  const { RTCPeerConnection: Peer } = globalThis;
  globalThis.peers = [];
  globalThis.RTCPeerConnection = class extends Peer {
    constructor(...how) {
      super(...how);
      globalThis.peers.push(this);
    }
  };
}

/** A voice as the browser's microphone has it: a tone in syllables, which no noise suppression takes for noise. */
function spokenWav(hertz) {
  const rate = 48_000, seconds = 4;
  const samples = new Int16Array(rate * seconds);
  for (let at = 0; at < samples.length; ++at) {
    const spoken = Math.floor(at / (rate * 0.4)) % 2 === 0;
    samples[at] = spoken ? 16_000 * Math.sin((2 * Math.PI * hertz * at) / rate) : 0;
  }
  const head = Buffer.alloc(44);
  head.write("RIFF", 0);
  head.writeUInt32LE(36 + samples.byteLength, 4);
  head.write("WAVEfmt ", 8);
  for (const [value, at] of [[16, 16], [rate, 24], [rate * 2, 28]]) head.writeUInt32LE(value, at);
  for (const [value, at] of [[1, 20], [1, 22], [2, 32], [16, 34]]) head.writeUInt16LE(value, at);
  head.write("data", 36);
  head.writeUInt32LE(samples.byteLength, 40);
  return Buffer.concat([head, Buffer.from(samples.buffer)]);
}
