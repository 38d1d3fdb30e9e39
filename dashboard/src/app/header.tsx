import { useState } from "react";
import { fieldOf } from "../ui/field.js";
import { hashOf } from "./location.js";
import { goTo, usePlace } from "./use-place.js";
import { nextTheme, storedTheme, wearTheme } from "./theme.js";

interface HeaderProps {
  /** The first part of the path. */
  readonly place: string;
  readonly onHelp: (isOpen: boolean) => void;
}

export function Header({ place, onHelp }: HeaderProps) {
  return (
    <header className="top">
      <a className="brand" href={hashOf([])}>
        Agent sessions
      </a>
      <nav aria-label="Views">
        <NavLink path={[]} isHere={place === ""} words="Overview" />
        <NavLink path={["live"]} isHere={place === "live"} words="Live feed" />
      </nav>
      <Search />
      <ThemeButton />
      <button
        type="button"
        className="plain"
        aria-label="Keyboard shortcuts"
        onClick={() => {
          onHelp(true);
        }}
      >
        ?
      </button>
    </header>
  );
}

interface NavLinkProps {
  readonly path: readonly string[];
  readonly isHere: boolean;
  readonly words: string;
}

function NavLink({ path, isHere, words }: NavLinkProps) {
  return (
    <a href={hashOf(path)} aria-current={isHere ? "page" : undefined}>
      {words}
    </a>
  );
}

function Search() {
  const { path, query } = usePlace();
  const asked = path[0] === "search" ? (query.q ?? "") : "";
  return (
    <form
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        goTo(["search"], { q: fieldOf(event.currentTarget, "q") });
      }}
    >
      <input
        key={asked}
        id="search"
        name="q"
        type="search"
        defaultValue={asked}
        placeholder="Search everything agents did"
        aria-label="Search everything agents did"
      />
    </form>
  );
}

function ThemeButton() {
  const [theme, setTheme] = useState(storedTheme);
  return (
    <button
      type="button"
      className="plain"
      onClick={() => {
        const next = nextTheme(theme);
        wearTheme(next);
        setTheme(next);
      }}
    >
      {theme} theme
    </button>
  );
}
