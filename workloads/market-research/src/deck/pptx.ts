/** The library that writes presentations. */
import pptxgenjs from "pptxgenjs";

// The library is CommonJS with types for an ES module: Node provides the class itself.
export const PptxGenJS = pptxgenjs as unknown as typeof pptxgenjs.default;
export type Presentation = InstanceType<typeof PptxGenJS>;
export type PptxSlide = ReturnType<Presentation["addSlide"]>;
