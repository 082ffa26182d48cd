/** Who is signed in, with what they chose for this browser. */
import { useNavigate } from "@tanstack/react-router";
import { DropdownMenu } from "radix-ui";
import { useSession } from "../api/session-context.js";
import { signOut } from "../boot/session.js";
import { setSingleKeys, useSingleKeys } from "../tab/keys.js";
import { type Density, setDensity, setTheme, useDensity } from "../tab/theme.js";

const DENSITIES: readonly { readonly value: Density; readonly name: string }[] = [
  { value: "compact", name: "Compact rows" },
  { value: "regular", name: "Regular rows" },
  { value: "comfortable", name: "Comfortable rows" },
];

export function UserMenu() {
  const { id, role } = useSession();
  const navigate = useNavigate();
  const density = useDensity();
  const hasKeys = useSingleKeys();
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className="av-btn" aria-label={`${id}, ${role}: settings`} title={`${id}, ${role}`}>
        <span className="av">{id.slice(0, 1).toUpperCase()}</span>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="end" sideOffset={6}>
          <DropdownMenu.Label className="menu-label">
            {id}, {role}
          </DropdownMenu.Label>
          <DropdownMenu.Separator className="menu-sep" />
          <DropdownMenu.RadioGroup value={density} onValueChange={(value) => setDensity(value as Density)}>
            {DENSITIES.map(({ value, name }) => (
              <DropdownMenu.RadioItem key={value} value={value} className="menu-item">
                {name}
                <DropdownMenu.ItemIndicator className="menu-mark">✓</DropdownMenu.ItemIndicator>
              </DropdownMenu.RadioItem>
            ))}
          </DropdownMenu.RadioGroup>
          <DropdownMenu.Separator className="menu-sep" />
          <DropdownMenu.Item className="menu-item" onSelect={() => setTheme("system")}>
            Theme of the system
          </DropdownMenu.Item>
          <DropdownMenu.CheckboxItem className="menu-item" checked={hasKeys} onCheckedChange={setSingleKeys}>
            Single keys
            <DropdownMenu.ItemIndicator className="menu-mark">✓</DropdownMenu.ItemIndicator>
          </DropdownMenu.CheckboxItem>
          <DropdownMenu.Separator className="menu-sep" />
          <DropdownMenu.Item className="menu-item" onSelect={() => void navigate({ to: "/settings" })}>
            Settings
          </DropdownMenu.Item>
          <DropdownMenu.Item className="menu-item" onSelect={() => void signOut().then(() => location.reload())}>
            Sign out
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
