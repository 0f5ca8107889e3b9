/** A list of links around a text, such as a menu; a site's header or footer; what lies over the page or asks for an address. */
export type Kind = "list" | "header" | "footer" | "notice";

const words =
  "(?:mega|sub|top|side|main|g|global|local|foot(?:er)?)?(?:menu|navi?)|navbar|navigation|breadcrumbs?|crumbs|pankuzu|topic-?path|side-?bar|social|shar(?:e|ing)|related|recommended|pagination|pager|prev-next|lang(?:uages?)?";
const named = (pattern: string) => new RegExp(`(?:^|\\s)(?:${pattern})(?!\\S)`);
/** Names that sites give to menus and to other links around a text: "main-nav", "related-posts", but not "nav-free-text". */
const listNames = named(`(?:\\w+-)*(?:${words})|(?:${words})-\\w+`);
const headerNames = named("(?:(?:site|page|main|global)-?)?(?:header|masthead|top-?bar)");
const footerNames = named("(?:(?:site|page|main|global)-?)?footer");
/** Of what lies over a page, or asks for an address: "cookie-banner", but not an article on "cookies". */
const noticeNames =
  /(?<![a-z])(?:cookie-?(?:banner|bar|notice|consent|law|popup|message)|consent|gdpr|newsletter|opt-?in|subscribe|popup)(?![a-z])/;
const noticeIds = /^(?:onetrust|cybot|cmplz)(?![a-z])/;

/** What a container says it is by its element, class, id and role. */
export function kindOf(name: string, attributes: Map<string, string>): Kind | null {
  if (attributes.size === 0) return name === "header" ? "header" : null;
  const namesIn = (key: string) =>
    (attributes.get(key) ?? "")
      .replace(/([a-z])([A-Z])/g, "$1-$2")
      .replace(/_+/g, "-")
      .toLowerCase();
  const role = namesIn("role");
  const classes = namesIn("class");
  const id = namesIn("id");
  if (noticeNames.test(classes) || noticeIds.test(id) || role === "alertdialog") return "notice";
  const names = `${classes} ${id}`;
  if (listNames.test(names) || role === "menu" || role === "menubar") return "list";
  if (footerNames.test(names)) return "footer";
  return name === "header" || role === "banner" || headerNames.test(names) ? "header" : null;
}
