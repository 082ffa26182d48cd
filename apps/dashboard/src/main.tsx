/** The page begins: the nonce for style elements of parts, the caches, the router under whatever path it is mounted at. */
import "./live/no-eval.js";
import { HoldfastProvider } from "@holdfast/client/react";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { setNonce } from "get-nonce";
import { createRoot } from "react-dom/client";
import { ApiProblem } from "./api/client.js";
import { Gate } from "./boot/gate.js";
import { reloadOnceForLostChunk } from "./boot/lost-chunk.js";
import { client as live } from "./live/client.js";
import { makeRouter } from "./router.js";
import "./styles/index.css";

const nonce = document.querySelector<HTMLMetaElement>("meta[property=csp-nonce]")?.nonce;
if (nonce !== undefined && nonce !== "") setNonce(nonce);
reloadOnceForLostChunk();

const client = new QueryClient({
  defaultOptions: {
    queries: {
      // What the server refused it refuses again; who does not answer is asked again by the next poll.
      retry: (failures, error) => !(error instanceof ApiProblem) && failures < 1,
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
});
const router = makeRouter();
const root = document.getElementById("root");
if (root === null) throw new Error("the shell has no root");
createRoot(root).render(
  <QueryClientProvider client={client}>
    <HoldfastProvider client={live}>
      <Gate>
        <RouterProvider router={router} />
      </Gate>
    </HoldfastProvider>
  </QueryClientProvider>,
);
