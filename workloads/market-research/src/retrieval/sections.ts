/**
 * The sections of a market study, with the words by which a passage is assigned to one.
 *
 * A section added here appears in the synthesis, the reviews and the deck; there is no other list.
 */
export interface Section {
  id: string;
  title: string;
  /** Typical words of passages in this section. Compared by stem, so singular forms suffice. */
  terms: readonly string[];
}

const words = (text: string): readonly string[] => text.split(" ");

export const SECTIONS: readonly Section[] = [
  {
    id: "market",
    title: "Market size and structure",
    terms: words(
      "market size share production capacity output revenue turnover spending expenditure export import volume value gdp total largest percent billion million trillion account",
    ),
  },
  {
    id: "demand",
    title: "Demand and customers",
    terms: words(
      "demand consumption consumer customer household user patient population growth buyer use sale age older elderly visit",
    ),
  },
  {
    id: "supply",
    title: "Supply and players",
    terms: words(
      "company operator supplier provider producer owner owned state plant hospital clinic network grid station bed physician interconnector transmission cable infrastructure operate facility",
    ),
  },
  {
    id: "regulation",
    title: "Regulation and policy",
    terms: words(
      "law act regulation regulator regulate ministry licence authority agency policy tax tariff mandatory government directive insurance scheme reform force target fee reimbursement premium copayment",
    ),
  },
  {
    id: "trends",
    title: "Trends and technology",
    terms: words(
      "trend technology digital electronic online investment plan expected transition new opened introduced launched storage innovation floating smart project first since",
    ),
  },
  {
    id: "risks",
    title: "Risks",
    terms: words(
      "risk shortage decline depend dependence volatility exposure exposed uncertain uncertainty cost deficit delay dry drought low constraint congestion bottleneck shrink overtime limit pressure burden ageing shock price",
    ),
  },
];
