// SPDX-License-Identifier: Apache-2.0
import type { Channel } from "../wire/usher/type/v1/channel";
import { Icon, type IconName } from "./icon";

const icons: Record<Channel, IconName> = {
  CHANNEL_UNSPECIFIED: "chat",
  CHANNEL_VOICE: "voice",
  CHANNEL_CHAT: "chat",
  CHANNEL_EMAIL: "email",
  CHANNEL_MESSAGE: "message",
  CHANNEL_CALLBACK: "callback",
  CHANNEL_TASK: "task",
};

export function ChannelIcon({ channel, size }: { channel?: Channel; size?: number }) {
  return <Icon name={icons[channel ?? "CHANNEL_UNSPECIFIED"]} size={size} />;
}
