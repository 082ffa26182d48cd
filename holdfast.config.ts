/** The workflows that the `holdfast` command of this repository knows. */
import { marketResearch } from "@holdfast/market-research";
import { defineConfig } from "holdfast";

export default defineConfig({ workflows: [marketResearch] });
