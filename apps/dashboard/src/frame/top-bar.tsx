/** The bar at the top: where one is, how fresh it is, search, keys, theme, and who one is. */
import { ChevronRight, Keyboard, Moon, Search, Sun } from "lucide-react";
import { Fragment } from "react";
import { Button } from "../parts/button.js";
import { toggleTheme, useTheme } from "../tab/theme.js";
import { ConnectionChip } from "./connection-chip.js";
import { useCrumbs } from "./crumbs.js";
import { UserMenu } from "./user-menu.js";

const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);

export function TopBar({ onSearch, onKeys }: { readonly onSearch: () => void; readonly onKeys: () => void }) {
  const theme = useTheme();
  return (
    <header className="top">
      <Crumbs />
      <div className="right">
        <ConnectionChip />
        <Button kind="bare" size="sm" onClick={onSearch} aria-label="Search and commands">
          <Search className="i s" aria-hidden="true" />
          <span className="wide-only">Search</span> <kbd>{isMac ? "⌘K" : "Ctrl K"}</kbd>
        </Button>
        <Button kind="bare" isIcon size="sm" title="Keys (?)" aria-label="Keys" onClick={onKeys}>
          <Keyboard className="i s" aria-hidden="true" />
        </Button>
        <Button kind="bare" isIcon size="sm" title="Light or dark (T)" aria-label="Light or dark" onClick={toggleTheme}>
          {theme === "dark" ? <Sun className="i s" aria-hidden="true" /> : <Moon className="i s" aria-hidden="true" />}
        </Button>
        <UserMenu />
      </div>
    </header>
  );
}

function Crumbs() {
  const crumbs = useCrumbs();
  return (
    <nav className="crumbs" aria-label="Where you are">
      {crumbs.map(({ text, href, isMono }, index) => (
        <Fragment key={text}>
          {index === 0 ? null : <ChevronRight className="i s" aria-hidden="true" />}
          {href === undefined ? <b className={isMono ? "mono cut" : "cut"}>{text}</b> : href}
        </Fragment>
      ))}
    </nav>
  );
}
