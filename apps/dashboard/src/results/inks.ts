/** The tokens' colors as a canvas takes them: resolved for the theme that holds now. */

const TOKENS = {
  ink: "--ink",
  ink3: "--ink-3",
  ink4: "--ink-4",
  line: "--line",
  ground: "--idle-soft",
  control: "--line-control",
  lost: "--fail-mark",
  lostSoft: "--fail-soft",
  lostText: "--fail-fg",
} as const;

export type Inks = { readonly [K in keyof typeof TOKENS]: string } & { readonly font: string };

export function readInks(place: HTMLElement): Inks {
  const probe = document.createElement("span");
  place.append(probe);
  const entries = Object.entries(TOKENS).map(([name, token]) => {
    probe.style.color = `var(${token})`;
    return [name, getComputedStyle(probe).color];
  });
  const font = getComputedStyle(probe).fontFamily;
  probe.remove();
  return { ...Object.fromEntries(entries), font } as Inks;
}
