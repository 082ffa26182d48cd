// Words of the synthetic prospects: countries, industries with typical company traits, names, sentences. All invented;
// any likeness to a company is accidental. `company.ts` fills in `{…}` in sentences.

/** Country codes with their relative frequency and the forms in which people write them. */
export const COUNTRIES: Readonly<Record<string, { readonly weight: number; readonly forms: readonly string[] }>> = {
  US: { weight: 24, forms: ["United States", "USA", "US", "United States of America"] },
  DE: { weight: 14, forms: ["Germany", "DE", "DEU"] },
  GB: { weight: 12, forms: ["United Kingdom", "UK", "GB", "Great Britain"] },
  FR: { weight: 8, forms: ["France", "FR"] },
  NL: { weight: 7, forms: ["Netherlands", "NL", "The Netherlands"] },
  NO: { weight: 6, forms: ["Norway", "NO", "NOR"] },
  SE: { weight: 6, forms: ["Sweden", "SE"] },
  DK: { weight: 4, forms: ["Denmark", "DK"] },
  FI: { weight: 3, forms: ["Finland", "FI"] },
  PL: { weight: 4, forms: ["Poland", "PL"] },
  ES: { weight: 4, forms: ["Spain", "ES"] },
  IT: { weight: 4, forms: ["Italy", "IT"] },
  CA: { weight: 4, forms: ["Canada", "CA"] },
};

export interface IndustryWords {
  readonly weight: number;
  /** Median number of employees. */
  readonly medianEmployees: number;
  /** Typical revenue per employee, in thousands of US dollars. */
  readonly revenuePerHeadK: number;
  /** Share of companies that store or move cold goods. */
  readonly coldShare: number;
  readonly does: readonly string[];
  readonly nouns: readonly string[];
  readonly tools: readonly string[];
}

export const INDUSTRIES: Readonly<Record<string, IndustryWords>> = {
  Logistics: {
    weight: 16,
    medianEmployees: 90,
    revenuePerHeadK: 180,
    coldShare: 0.35,
    does: [
      "runs warehouses and truck lines",
      "forwards freight by road and sea",
      "delivers parcels to shops and homes",
    ],
    nouns: ["Freight", "Carriers", "Logistics", "Transport", "Haulage"],
    tools: ["SAP", "Oracle Transportation Management", "Descartes", "Samsara"],
  },
  "Food and beverage": {
    weight: 16,
    medianEmployees: 70,
    revenuePerHeadK: 260,
    coldShare: 0.55,
    does: ["makes ready meals for supermarkets", "imports fruit and vegetables", "processes fish for restaurants"],
    nouns: ["Foods", "Dairy", "Seafood", "Kitchens", "Provisions"],
    tools: ["SAP", "Microsoft Dynamics", "Infor", "Aptean"],
  },
  Pharmaceuticals: {
    weight: 9,
    medianEmployees: 140,
    revenuePerHeadK: 420,
    coldShare: 0.6,
    does: [
      "develops vaccines and medicines",
      "supplies hospitals and pharmacies",
      "makes diagnostics for laboratories",
    ],
    nouns: ["Pharma", "Biologics", "Therapeutics", "Medica", "Labs"],
    tools: ["SAP", "Veeva", "Oracle NetSuite", "LabWare"],
  },
  Retail: {
    weight: 15,
    medianEmployees: 60,
    revenuePerHeadK: 240,
    coldShare: 0.2,
    does: ["runs a chain of shops", "sells household goods online", "supplies small shops with stock"],
    nouns: ["Stores", "Market", "Retail", "Trading", "Supply"],
    tools: ["Shopify", "Microsoft Dynamics", "Salesforce", "Adobe Commerce"],
  },
  Software: {
    weight: 18,
    medianEmployees: 35,
    revenuePerHeadK: 190,
    coldShare: 0.01,
    does: ["builds software for accountants", "runs a platform for online learning", "makes tools for developers"],
    nouns: ["Software", "Systems", "Cloud", "Digital", "Apps"],
    tools: ["AWS", "Kubernetes", "Salesforce", "HubSpot"],
  },
  Manufacturing: {
    weight: 16,
    medianEmployees: 120,
    revenuePerHeadK: 230,
    coldShare: 0.04,
    does: ["makes parts for machines", "builds pumps and valves", "casts and mills metal to order"],
    nouns: ["Works", "Industries", "Precision", "Metal", "Engineering"],
    tools: ["SAP", "Siemens Teamcenter", "Infor", "Autodesk"],
  },
  "Professional services": {
    weight: 10,
    medianEmployees: 20,
    revenuePerHeadK: 150,
    coldShare: 0,
    does: ["advises owners of family firms", "is a staffing agency for offices", "audits accounts and taxes"],
    nouns: ["Partners", "Advisory", "Consulting", "Associates", "Group"],
    tools: ["Microsoft 365", "HubSpot", "Xero", "QuickBooks"],
  },
};

// biome-ignore format: a list of words
export const FIRST_NAMES = [
  "Bright", "North", "Silver", "Harbor", "Ever", "Blue", "Stone", "River", "Summit", "Clear", "Iron", "Green", "Fjord",
  "Atlas", "Polar", "Golden", "Cedar", "Swift", "Amber", "Delta", "Orchard", "Beacon", "Meridian", "Willow",
] as const;

export const SECOND_NAMES = [
  "field",
  "gate",
  "line",
  "point",
  "bridge",
  "haven",
  "peak",
  "wood",
  "port",
  "view",
  "ton",
  "mark",
] as const;

export const FORMS = ["Ltd", "GmbH", "AS", "Inc.", "BV", "AB", "", ""] as const;

/** Sentences about companies that store or move cold goods, direct or in passing. */
export const COLD = [
  "It keeps frozen and chilled goods at a steady temperature from dock to door.",
  "Its refrigerated fleet and cold stores are watched day and night.",
  "Most of its goods are temperature-controlled; an excursion means a lost batch.",
  "Vaccines and fresh food travel in its cold chain.",
  "Chilled storage is a third of its floor space.",
] as const;

/** Sentences about some that do not, which would fool a word match. */
export const NOT_COLD = [
  "It handles dry goods and has no refrigerated transport.",
  "It does not store frozen goods.",
  "It left the cold chain business years ago and now moves furniture.",
] as const;

export const GROWTH = [
  "It opened two sites this year and plans a third.",
  "It raised new funding and is hiring in operations.",
  "Orders doubled within two years.",
] as const;

export const FILLERS = [
  "Founded {founded}, it has its head office in {country}.",
  "The company is owned by the family of its founder.",
  "Its customers are mostly mid-sized firms.",
  "Quality is certified under ISO 9001.",
  "It sells through partners.",
] as const;
