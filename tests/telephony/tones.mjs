// SPDX-License-Identifier: Apache-2.0
// Tones in mu-law at 8,000 samples a second: made, and found again in what was heard.

const rate = 8_000;
const frameSamples = 160;

/** One sample of -1 to 1 as mu-law (G.711). */
function encode(value) {
  const sample = Math.round(Math.min(1, Math.abs(value)) * 32_635) + 132;
  let exponent = 7;
  while (exponent > 0 && !(sample & (0x80 << exponent))) --exponent;
  return ~((value < 0 ? 0x80 : 0) | (exponent << 4) | ((sample >> (exponent + 3)) & 15)) & 255;
}

function decode(byte) {
  const bits = ~byte & 255;
  const sample = ((((bits & 15) << 3) + 132) << ((bits >> 4) & 7)) - 132;
  return (bits & 0x80 ? -sample : sample) / 32_768;
}
const decoded = Float64Array.from({ length: 256 }, (_, byte) => decode(byte));

/** Mu-law sound of a tone; silence without one. */
export function toneSound(hertz, samples, from = 0) {
  return Buffer.from(Array.from({ length: samples }, (_, at) => encode(hertz ? 0.3 * Math.sin((2 * Math.PI * hertz * (from + at)) / rate) : 0)));
}

/** The frames of an endless tone, by number. */
export const toneFrame = (hertz) => (at) => toneSound(hertz, frameSamples, at * frameSamples);

/** Whether a tone is plainly in samples of -1 to 1: Goertzel's filter, against a fixed level. */
export function holdsTone(samples, hertz) {
  const coefficient = 2 * Math.cos((2 * Math.PI * hertz) / rate);
  let before = 0, last = 0;
  for (const sample of samples) [before, last] = [last, sample + coefficient * last - before];
  const power = before * before + last * last - coefficient * before * last;
  // A tone is said with the amplitude 0.3; a sixth of that is far above a neighbour's remains.
  return (2 * Math.sqrt(Math.max(0, power))) / samples.length > 0.05;
}

/** Whether a tone is in mu-law frames of at least 80 ms. */
export function hearsTone(frames, hertz) {
  const bytes = Buffer.concat(frames);
  return bytes.length >= 4 * frameSamples && holdsTone(Float64Array.from(bytes, (byte) => decoded[byte]), hertz);
}

/** Whether a tone is in any 100 ms of a WAV file of 16 bits at 8,000 samples a second. */
export function wavHoldsTone(file, hertz) {
  const data = file.subarray(file.indexOf("data") + 8);
  const samples = Float64Array.from({ length: Math.floor(data.length / 2) }, (_, at) => data.readInt16LE(2 * at) / 32_768);
  for (let at = 0; at + 800 <= samples.length; at += 400) {
    if (holdsTone(samples.subarray(at, at + 800), hertz)) return true;
  }
  return false;
}
