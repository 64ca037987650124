import gc

from tests.tui.stage import staged


async def test_python_looks_for_old_garbage_by_itself_again_once_the_screen_has_gone() -> None:
    usual = gc.get_threshold()
    async with staged():
        assert gc.get_threshold()[2] > 1000 * usual[2]
        assert gc.get_freeze_count() > 0
    assert gc.get_threshold() == usual
    assert gc.get_freeze_count() == 0
