/** The style of the documentation page, in the text its security policy names by hash. */
export const DOCS_STYLE = `
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --link: light-dark(#0b57d0, #9cc2ff); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; }
a { color: var(--link); }
code, pre { font: 0.875em/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
pre { overflow-x: auto; padding: 0.75rem; background: var(--soft); }
nav ul { list-style: none; padding-left: 1rem; }
nav > ul { columns: 22rem; padding: 0; }
nav > ul > li { break-inside: avoid; margin-bottom: 1rem; text-transform: capitalize; }
nav ul ul { text-transform: none; }
nav ul ul a { text-decoration: none; }
nav ul ul code { text-decoration: underline; }
h2 { margin-top: 3rem; text-transform: capitalize; border-bottom: 1px solid var(--line); }
article { margin: 2rem 0; padding-top: 0.5rem; border-top: 1px solid var(--line); }
table { width: 100%; border-collapse: collapse; }
th, td { padding: 0.25rem 0.5rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
td p { margin: 0; }
b { display: inline-block; min-width: 5.5em; font-size: 0.75em; letter-spacing: 0.05em; }
small { font-weight: normal; opacity: 0.8; }
:target { background: var(--soft); }
`;
