/** What a pointer does on the time axis, and how wide it is. */
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { isWhole, pan, type View, zoom } from "./timeline-view.js";

export function useWidth(place: React.RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = place.current;
    if (element === null) return;
    const watch = new ResizeObserver(() => setWidth(element.clientWidth));
    watch.observe(element);
    setWidth(element.clientWidth);
    return () => watch.disconnect();
  }, [place]);
  return width;
}

/** With Ctrl or ⌘, as maps do: without, the wheel scrolls the page. React's own listener cannot keep the browser from zooming the page. */
export function useWheelZoom(
  place: React.RefObject<HTMLElement | null>,
  setView: (change: (was: View) => View) => void,
): void {
  useEffect(() => {
    const element = place.current?.parentElement;
    if (element === null || element === undefined) return;
    const onWheel = (event: WheelEvent) => {
      const box = place.current?.getBoundingClientRect();
      if (!(event.ctrlKey || event.metaKey) || box === undefined || box.width === 0) return;
      event.preventDefault();
      setView((was) => zoom(was, event.deltaY > 0 ? 1.25 : 0.8, (event.clientX - box.left) / box.width));
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  });
}

/** Dragging moves what is shown, once less than the whole is. */
export function useDragPan(place: React.RefObject<HTMLElement | null>, view: View, onView: (view: View) => void) {
  const last = useRef<number | null>(null);
  return {
    onPointerDown: (event: React.PointerEvent) => {
      const isControl = event.target instanceof Element && event.target.closest("button") !== null;
      last.current = isControl || isWhole(view) ? null : event.clientX;
    },
    onPointerMove: (event: React.PointerEvent) => {
      const width = place.current?.clientWidth ?? 0;
      if (last.current === null || width === 0) return;
      if (event.buttons === 0) {
        last.current = null;
        return;
      }
      onView(pan(view, (last.current - event.clientX) / width));
      last.current = event.clientX;
    },
  };
}
