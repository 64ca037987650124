"""The models screen: what is here, what fits, what is on its way; and what can be done with each."""

from textual import on, work
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import DataTable, Static, TabbedContent, TabPane

from r1chat.core.advice import Row
from r1chat.core.commands import Place, in_keys
from r1chat.core.terminal import plain
from r1chat.core.units import size
from r1chat.errors import R1ChatError, UsageError
from r1chat.hub.library import LocalModel
from r1chat.hub.queue import Entry
from r1chat.hub.states import Complete
from r1chat.tui.bindings import bindings
from r1chat.tui.hub_words import hub_details
from r1chat.tui.model_words import (
    CATALOG,
    DOWNLOADS,
    LIBRARY,
    catalog_cells,
    catalog_details,
    download_cells,
    download_details,
    library_cells,
    library_details,
)
from r1chat.tui.screens.steady import SteadyScreen
from r1chat.tui.stock import Stock, View
from r1chat.tui.widgets.hub_search import EMPTY, HubSearch
from r1chat.tui.widgets.model_table import ModelTable
from r1chat.tui.wording import percent

_PER_S = 2
_TABS = ("library", "catalog", "downloads", "search")
_KEYS = {
    "library": "{models.back} back · ← → lists · Enter use · {models.verify} verify · {models.delete} delete",
    "catalog": "{models.back} back · ← → lists · Enter fetch · ● here: use · ★ recommended",
    "downloads": "{models.back} back · ← → lists · Enter use · {models.pause} pause, go on · "
    "{models.delete} delete",
    "search": "{models.back} back · ← → lists · {models.search} words · Enter search, fetch · ● here: use",
}


class ModelsScreen(SteadyScreen[LocalModel | None]):
    """Dismissed with the model that is to be used, or with None."""

    CSS_PATH = "models.tcss"
    BINDINGS = bindings(Place.MODELS)

    def __init__(self, stock: Stock, current: str) -> None:
        """`current` is the path of the model in use."""
        super().__init__()
        self._stock, self._current = stock, current
        self._view: View | None = None
        self._doomed = ""
        """Key of the line that would be deleted if it were asked once more."""
        self._told = ""
        self._told_at: str | None = None
        """What stands in place of the details, until the cursor moves."""

    def compose(self) -> ComposeResult:
        with TabbedContent(initial="library"):
            with TabPane("On this machine", id="library"):
                yield ModelTable(LIBRARY, name="library-table")
            with TabPane("Catalog", id="catalog"):
                yield ModelTable(CATALOG, name="catalog-table")
            with TabPane("Downloads", id="downloads"):
                yield Static("Nothing is being fetched.", classes="empty", markup=False)
                yield ModelTable(DOWNLOADS, name="downloads-table")
            with TabPane("Search the Hub", id="search"):
                yield HubSearch(self._stock)
        yield Static("Looking at this machine …", id="details", markup=False)
        yield Static("", id="keys", markup=False)

    def on_mount(self) -> None:
        self.look()
        self.set_interval(1 / _PER_S, self.show_downloads)
        self.show_downloads()

    @property
    def tab(self) -> str:
        """Which list is shown."""
        return self.query_one(TabbedContent).active

    @property
    def _hub(self) -> HubSearch:
        """The search."""
        return self.query_one(HubSearch)

    @property
    def table(self) -> ModelTable:
        """The list that is shown."""
        return self.query_one(f"#{self.tab}-table", ModelTable)

    @work(name="look", group="look", exclusive=True, exit_on_error=False)
    async def look(self, *, anew: bool = False) -> None:
        """See what is here, and what fits now; `anew`: whatever was measured and advised before."""
        view = self._view = await self._stock.look(anew=anew)
        library = self.query_one("#library-table", ModelTable)
        library.show([(model.path, library_cells(model, self._current)) for model in view.library])
        best = view.advice.row.choice.name if view.advice.row else None
        rows = [(row.choice.name, catalog_cells(row, view)) for row in view.rows]
        self.query_one("#catalog-table", ModelTable).show(rows, mark=best)
        self._hub.show()
        self._focus()
        self.show_details()

    def show_downloads(self) -> None:
        """Bring the queue up to date; a finished download is a new model here."""
        entries = self._stock.downloads.entries()
        table = self.query_one("#downloads-table", ModelTable)
        table.show([(entry.item.key, download_cells(entry)) for entry in entries])
        table.display = bool(entries)
        self.query_one(".empty").display = not entries
        if self.tab == "downloads":
            self.show_details()
        fresh = {entry.state.path for entry in entries if isinstance(entry.state, Complete)}
        if self._view is not None and fresh - {model.path for model in self._view.library}:
            self.look()

    def show_details(self) -> None:
        """Say more of the line under the cursor."""
        line = self._told or "\n".join(self._details())
        self.query_one("#details", Static).update(Content(plain(line)))
        self.query_one("#keys", Static).update(Content(in_keys(_KEYS[self.tab])))

    def tell(self, words: str) -> None:
        """Say something in place of the details."""
        self._told, self._told_at = words, self.table.marked
        self.show_details()

    @on(DataTable.RowHighlighted)
    def _moved(self) -> None:
        if self.table.marked != self._told_at:  # lines that are shown anew move no cursor from what is told
            self._doomed = self._told = ""
        self.show_details()

    @on(TabbedContent.TabActivated)
    def _turned(self) -> None:
        self._doomed = self._told = ""
        self._focus()
        self.show_details()

    def _focus(self) -> None:
        if self.tab == "search":
            self._hub.take_focus()
        else:
            self.table.focus()

    @on(DataTable.RowSelected)
    def _chosen(self) -> None:
        """Use it, fetch it, or pause it."""
        match self.tab:
            case "library":
                self._use(self._model())
            case "catalog" | "search":
                self.fetch()
            case _:
                self.turn_over()

    def action_previous_list(self) -> None:
        """Show the list before this one."""
        self.post_message(ModelTable.Turned(-1))

    def action_next_list(self) -> None:
        """Show the list after this one."""
        self.post_message(ModelTable.Turned(1))

    @on(ModelTable.Turned)
    def _turn(self, event: ModelTable.Turned) -> None:
        index = (_TABS.index(self.tab) + event.direction) % len(_TABS)
        self.query_one(TabbedContent).active = _TABS[index]

    def action_back(self) -> None:
        """Back to the chat, with the model as it was."""
        self.dismiss(None)

    def action_look(self) -> None:
        """Look again."""
        self.look(anew=True)

    def action_delete(self) -> None:
        """Delete what the cursor is on, when it is asked twice."""
        key = self.table.marked
        if key is None or self.tab in {"catalog", "search"}:
            return
        if self._doomed == key:
            self._doomed = ""
            self.delete()
            return
        try:
            self.tell(self._warning())
        except (R1ChatError, OSError) as error:
            self.tell(str(error))
        else:
            self._doomed = key

    def action_verify(self) -> None:
        """Read the model under the cursor and check it."""
        if self.tab == "library":
            self.verify()

    def action_pause(self) -> None:
        """Pause the download under the cursor, or go on with it."""
        if self.tab == "downloads":
            self.turn_over()

    def action_search(self) -> None:
        """Search the Hub."""
        self.query_one(TabbedContent).active = "search"
        self._hub.action_words()

    @on(HubSearch.Said)
    def _said(self, event: HubSearch.Said) -> None:
        self.tell(event.words)

    @work(name="fetch", group="fetch", exit_on_error=False)
    async def fetch(self) -> None:
        """Put the line under the cursor into the queue, or use what is here."""
        if self._view is None or (here := self._here(self._view)):
            self._use(here if self._view else None)
            return
        try:
            asked = await self._take()
        except R1ChatError as error:
            self.tell(str(error))
            return
        self.query_one(TabbedContent).active = "downloads"
        self.show_downloads()
        self.query_one("#downloads-table", ModelTable).move_to(asked)

    def _here(self, view: View) -> LocalModel | None:
        """The model of the library that the line under the cursor is."""
        if row := self._row():
            return view.here(row.choice)
        path = self._stock.has(offer) if (offer := self._hub.offer) else None
        return next((model for model in view.library if model.path == str(path)), None)

    async def _take(self) -> str:
        """Ask for the line under the cursor; returns its key in the queue. Raises R1ChatError."""
        if row := self._row():
            self.tell(f"Asking the Hub for {row.choice.name} …")
            return await self._stock.fetch(row.choice)
        if offer := self._hub.offer:
            return self._stock.take(offer)
        raise UsageError("There is nothing to fetch on this line.", "Choose another.")

    def _row(self) -> Row | None:
        """The catalog's line under the cursor."""
        rows = self._view.rows if self._view and self.tab == "catalog" else ()
        return next((row for row in rows if row.choice.name == self.table.marked), None)

    @work(name="pause", group="fetch", exit_on_error=False)
    async def turn_over(self) -> None:
        """Pause the download under the cursor, go on with it, or use what it became."""
        entry = self._entry()
        if entry is None:
            return
        if self._view is not None and (model := self._stock.model_of(entry, self._view)):
            self._use(model)
            return
        await self._stock.turn_over(entry)
        self.show_downloads()

    @work(name="delete", group="delete", exit_on_error=False)
    async def delete(self) -> None:
        """Delete the model, or stop the download and throw away what there is of it."""
        said = ""
        try:
            if self.tab == "library" and (model := self._model()):
                removed = await self._stock.remove(model)
                said = f"{model.name} is gone; {size(removed.freed)} freed. {removed.note}".strip()
            elif entry := self._entry():
                await self._stock.downloads.remove(entry.item.key)
                self.show_downloads()
        except (R1ChatError, OSError) as error:
            self.tell(str(error))
        else:
            await self.look().wait()
            if said:
                self.tell(said)

    @work(name="verify", group="verify", exclusive=True, exit_on_error=False)
    async def verify(self) -> None:
        """Check the model under the cursor."""
        model = self._model()
        if model is None:
            return

        def tell(done: int, total: int) -> None:
            self.app.call_from_thread(self.tell, f"Reading {model.name} … {percent(done, total)}")

        try:
            result = await self._stock.verify(model, tell)
        except (R1ChatError, OSError) as error:
            self.tell(str(error))
        else:
            self.tell(f"{model.name}: {result.note}")

    def _use(self, model: LocalModel | None) -> None:
        if model is None:
            return
        if model.problem:
            self.tell(f"{model.name} cannot be used. {model.problem}")
        else:
            self.dismiss(model)

    def _model(self) -> LocalModel | None:
        library = self._view.library if self._view else ()
        return next((model for model in library if model.path == self.table.marked), None)

    def _entry(self) -> Entry | None:
        key = self.query_one("#downloads-table", ModelTable).marked
        return next((entry for entry in self._stock.downloads.entries() if entry.item.key == key), None)

    def _warning(self) -> str:
        if self.tab == "downloads":
            return "Press d once more to stop this download and throw away what has arrived."
        if (model := self._model()) is None:
            return ""
        freed = self._stock.freed_by_removal(model)
        what = f"it frees {size(freed)}" if freed else "the file that it is a link to stays"
        used = " It answers in the chat now." if model.path == self._current else ""
        return f"Press d once more to delete {model.name}: {what}.{used}"

    def _details(self) -> list[str]:
        view = self._view
        if view is None:
            return ["Looking at this machine …"]
        match self.tab:
            case "library":
                model = self._model()
                return list(library_details(model, view)) if model else []
            case "catalog":
                return list(catalog_details(row, view)) if (row := self._row()) else []
            case "search":
                return list(hub_details(offer)) if (offer := self._hub.offer) else [EMPTY]
            case _:
                entry = self._entry()
                return list(download_details(entry)) if entry else []
