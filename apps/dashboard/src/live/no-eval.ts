/** Before any schema is made: the page's policy forbids code from text, and a try of it would be reported each time. */
import { config } from "zod";

config({ jitless: true });
