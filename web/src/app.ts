// Small conveniences. Every page works without them: each island only makes easier what is there.

import { acts } from "./acts";
import { fields } from "./fields";
import { menus } from "./menus";
import { passkeys } from "./passkeys";
import { signing } from "./signing";
import { tables } from "./tables";

// The script is deferred: the page is there when it runs.
menus();
acts(document);
fields(document);
passkeys(document);
signing(document);
tables(document);
