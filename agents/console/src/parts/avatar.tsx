// SPDX-License-Identifier: Apache-2.0
import { Icon } from "./icon";
import { hueOf, initialsOf } from "./initials";
import "./avatar.css";

interface Props {
  name: string;
  /** Chooses the colour. */
  id: string;
  size?: "small" | "large";
}

/** A person by initials; says nothing to screen readers, for the name always stands beside it. */
export function Avatar({ name, id, size }: Props) {
  return (
    <span class={`avatar hue-${hueOf(id)} ${size ?? ""}`} aria-hidden="true">
      {name ? initialsOf(name) : <Icon name="user" size={18} />}
    </span>
  );
}
