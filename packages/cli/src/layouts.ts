import { registerLayouts, configuredLayouts, knownLayouts } from "@untorn/workspace/presets";

/**
 * Lets the commands that look at files know the layouts of known tools, and those of the `untorn.config` in the current
 * folder, which come first.
 */
export async function useLayouts(): Promise<void> {
  registerLayouts([...(await configuredLayouts(".")), ...knownLayouts]);
}
